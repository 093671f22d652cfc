// Tables: plain ones, and ones that can be sorted by any column.

function plainTable(caption, heads, rows, name = '') {
  return el('table', { class: name },
    el('caption', {}, caption),
    el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, rows));
}

// Ascending for 1, descending for -1; missing values come last in both.
function compareBy(valueOf, sign) {
  return (a, b) => {
    const [left, right] = [valueOf(a.row), valueOf(b.row)];
    const absent = [left, right].map((value) => value === null || value === undefined);
    if (absent[0] || absent[1]) return absent[0] - absent[1];
    return sign * (typeof left === 'string' ? left.localeCompare(right, 'en', { numeric: true }) : left - right);
  };
}

function sortButton(column, sort) {
  return el('button', { type: 'button', class: 'sort', onclick: sort },
    el('span', {}, column.name), el('span', { class: 'arrow', 'aria-hidden': 'true' }));
}

// Columns are {name, note, valueOf(row), cell(row), first: sign of the first click, class}; `start` is [column, sign].
// A row past `shown` has the class "beyond".
function sortableTable({ caption, columns, rows, start, shown = Infinity, name = '' }) {
  const lines = rows.map((row) => ({ row, node: el('tr', {}, columns.map((column) => column.cell(row))) }));
  const body = el('tbody');
  const state = { column: -1, sign: 1 };
  const heads = columns.map((column, i) => el('th', { scope: 'col', class: column.class },
    sortButton(column, () => sort(i, state.column === i ? -state.sign : column.first)),
    column.note && note(column.note)));

  function sort(index, sign) {
    Object.assign(state, { column: index, sign });
    const sorted = [...lines].sort(compareBy(columns[index].valueOf, sign));
    sorted.forEach(({ node }, i) => node.classList.toggle('beyond', i >= shown));
    body.replaceChildren(...sorted.map(({ node }) => node));
    heads.forEach((head) => head.removeAttribute('aria-sort'));
    heads[index].setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
  }

  sort(...start);
  return el('table', { class: `sortable ${name}` },
    el('caption', {}, caption), el('thead', {}, el('tr', {}, heads)), body);
}

// A table that shows `shown` rows at first, with a button for the rest.
function shortTable(options, noun) {
  const table = sortableTable(options);
  const holder = el('div', { class: 'short-table' }, table);
  const all = options.rows.length;
  if (all <= options.shown) return holder;
  const button = el('button', { type: 'button', 'aria-expanded': 'false' }, `Show all ${all} ${noun}`);
  button.addEventListener('click', () => {
    const open = holder.classList.toggle('open');
    button.setAttribute('aria-expanded', String(open));
    button.textContent = open ? `Show only ${options.shown} ${noun}` : `Show all ${all} ${noun}`;
  });
  holder.append(button);
  return holder;
}
