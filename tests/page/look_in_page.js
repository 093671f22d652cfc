// What look.py asks a page, from inside. It is added to every document before the page's own scripts.
window.look = (() => {
  'use strict';
  const violations = [];
  let controls = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    violations.push(`${violatedDirective}: ${blockedURI}`));

  function who(node) {
    const name = node.getAttribute('aria-label') ?? node.textContent.trim();
    const kind = [...node.classList].map((one) => `.${one}`).join('');
    return `${node.localName}${kind} "${name.slice(0, 40)}"`;
  }

  function isVisible(node) {
    return node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  }

  function painted() {
    return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  }

  // Whether an ancestor cuts off or scrolls what is beyond its own edge.
  function isClipped(node) {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  }

  function overflow() {
    const { scrollWidth } = document.scrollingElement;
    const beyond = (node) => node.getBoundingClientRect().right > innerWidth + 0.5;
    const lost = [...document.querySelectorAll('body *')]
      .filter((node) => isVisible(node) && beyond(node) && !isClipped(node));
    return scrollWidth > innerWidth || lost.length > 0 ? { width: scrollWidth, who: lost.slice(0, 5).map(who) } : null;
  }

  async function brokenImages() {
    const images = [...document.images].filter(isVisible);
    await Promise.all(images.map((image) => image.decode().catch(() => {})));
    return images.filter((image) => image.naturalWidth === 0).map((image) => image.src.slice(0, 80));
  }

  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

  // Any CSS color as [r, g, b, alpha].
  function colour(css) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  function over(top, bottom) {
    return [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  }

  function backdrop(node) {
    const layers = [];
    for (let up = node; up; up = up.parentElement) {
      const layer = colour(getComputedStyle(up).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  }

  function luminance([r, g, b]) {
    const linear = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  function opacity(node) {
    let product = 1;
    for (let up = node; up; up = up.parentElement) product *= Number(getComputedStyle(up).opacity);
    return product;
  }

  function contrast(node) {
    const style = getComputedStyle(node);
    const behind = backdrop(node);
    const ink = colour(node instanceof SVGElement ? style.fill : style.color);
    ink[3] *= opacity(node);
    const [high, low] = [luminance(over(ink, behind)), luminance(behind)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    return { ratio: (high + 0.05) / (low + 0.05), least: isLarge ? 3 : 4.5 };
  }

  function lowContrast() {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = new Map();
    while (texts.nextNode()) {
      const node = texts.currentNode.parentElement;
      const isRead = texts.currentNode.data.trim() && !node.closest('script, noscript, option') && isVisible(node);
      if (isRead && !seen.has(node)) seen.set(node, contrast(node));
    }
    return [...seen].filter(([, { ratio, least }]) => ratio < least)
      .map(([node, found]) => ({ ...found, text: node.textContent.trim().slice(0, 40) })).slice(0, 10);
  }

  function headingJumps() {
    const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
      .filter((node) => isVisible(node) && !node.closest('dialog'));
    return levels.flatMap((node, i) => {
      const before = i > 0 ? Number(levels[i - 1].localName[1]) : 0;
      return Number(node.localName[1]) > before + 1 ? [`the heading "${node.textContent}" skips a level`] : [];
    });
  }

  function structure() {
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `the id "${id}" is used twice`);
    const drawings = [...document.querySelectorAll('svg')]
      .filter((node) => !node.closest('[aria-hidden=true]'))
      .filter((node) => !(node.role === 'img' && node.ariaLabel))
      .map((node) => `a drawing has no text alternative: ${who(node)}`);
    const titles = document.querySelectorAll('h1').length === 1 ? [] : ['there isn’t exactly one h1'];
    const alone = document.querySelector('main')?.childElementCount > 0 ? [] : ['nothing is drawn'];
    const language = document.documentElement.lang && document.title ? [] : ['it has no language or no title'];
    return [...titles, ...alone, ...language, ...headingJumps(), ...twice, ...drawings];
  }

  function listControls() {
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
    controls = all.filter((node) => isVisible(node) && !node.disabled && !(node.type === 'radio' && !node.checked));
    return controls.length;
  }

  function describeControl(index) {
    return who(controls[index]);
  }

  function focused() {
    const node = document.activeElement;
    const style = getComputedStyle(node);
    const visible = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    return { index: controls.indexOf(node), visible, who: who(node) };
  }

  function openAll() {
    const closed = [...document.querySelectorAll('details:not([open])')];
    closed.forEach((node) => { node.open = true; });
    const more = [...document.querySelectorAll('button[aria-expanded=false]')];
    more.forEach((node) => node.click());
    return closed.length + more.length > 0;
  }

  // Presses every sort button and selects every choice, so that whatever they bring is in the document once.
  function useControls() {
    const buttons = [...document.querySelectorAll('th button')];
    buttons.forEach((button) => button.click());
    const selects = [...document.querySelectorAll('main select')];
    selects.forEach((select) => {
      select.selectedIndex = select.options.length - 1;
      select.dispatchEvent(new Event('change'));
    });
    document.querySelectorAll('main input[type=radio]:not(:checked)').forEach((radio) => radio.click());
    return buttons.length + selects.length > 0;
  }

  function openDialog() {
    const opener = document.querySelector('button.open');
    if (!opener) return false;
    opener.focus();
    opener.click();
    return document.querySelector('dialog[open]') !== null;
  }

  // The focus must be inside an open dialog, and return to its opener when the dialog closes.
  function leaveDialog() {
    const dialog = document.querySelector('dialog[open]');
    if (!dialog) return [];
    const inside = dialog.contains(document.activeElement) ? [] : ['the dialog doesn’t take the focus'];
    dialog.close();
    const isBack = document.activeElement?.matches('button.open');
    return isBack ? inside : [...inside, 'the focus doesn’t return to what opened the dialog'];
  }

  function dataBytes() {
    return new TextEncoder().encode(document.getElementById('data')?.textContent ?? '').length;
  }

  return {
    painted, overflow, brokenImages, lowContrast, structure, listControls, describeControl, focused, openAll,
    useControls, openDialog, leaveDialog, dataBytes, violations: () => violations,
  };
})();
