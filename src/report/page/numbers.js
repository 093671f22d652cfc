// Numbers as the page writes them: four significant digits, a true minus sign.

const kSuperscript = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const kAbsent = '–';

function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

function isInterval(value) {
  return Array.isArray(value) && value.length === 2 && value.every(isNumber);
}

// Digits after the point that leave `digits` significant ones.
function places(value, digits = 4) {
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  if (rounded === 0) return digits - 1;
  return Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
}

function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function scientific(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const raised = [...exponent.replace('+', '')].map((c) => (c === '-' ? '⁻' : kSuperscript[c])).join('');
  return `${mantissa.replace('-', '−')}×10${raised}`;
}

function isPlain(value) {
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-4 && size < 1e6);
}

function number(value) {
  if (!isNumber(value)) return kAbsent;
  return isPlain(value) ? fixed(value, places(value)) : scientific(value, 4);
}

function whole(value) {
  return isNumber(value) ? value.toLocaleString('en', { maximumFractionDigits: 2 }) : kAbsent;
}

// An error with as many decimals as `value`, but at least two significant digits.
function errorOf(value, error) {
  if (!isPlain(error)) return scientific(error, 2);
  return fixed(error, error === 0 ? places(value) : Math.max(places(value), places(error, 2)));
}

function withError(value, error) {
  return isNumber(error) && isNumber(value) ? `${number(value)}\u00a0±\u00a0${errorOf(value, error)}` : number(value);
}

function interval(ends, value) {
  if (!isInterval(ends)) return '';
  const like = isNumber(value) ? value : Math.max(...ends.map(Math.abs));
  const text = ends.map((end) => (isPlain(like) ? fixed(end, places(like)) : scientific(end, 4)));
  return `${text[0]} to ${text[1]}`;
}

function probability(p) {
  return p < 0.001 ? 'p < 0.001' : `p = ${fixed(p, Math.min(3, places(p, 2)))}`;
}

function percent(share) {
  return `${fixed(100 * share, 0)}%`;
}

function duration(seconds) {
  if (seconds < 120) return `${number(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function plural(count, noun, nouns = `${noun}s`) {
  return `${whole(count)} ${count === 1 ? noun : nouns}`;
}

function better(metric) {
  if (typeof metric.higher_is_better !== 'boolean') return '';
  return metric.higher_is_better ? 'higher is better' : 'lower is better';
}

// Whether `a` is the better of two values of the metric.
function beats(metric, a, b) {
  return metric.higher_is_better === false ? a < b : a > b;
}
