// Reads the data and draws the page of its kind.

const kPages = { report: reportPage, leaderboard: leaderboardPage, history: historyPage };

function draw() {
  const data = JSON.parse(document.getElementById('data').textContent);
  const page = kPages[data.kind];
  if (!page) throw new Error(`unknown kind of data "${data.kind}"`);
  return page(data).flat().filter(Boolean);
}

// Opens all <details> for printing and closes them again afterwards.
function openForPrint() {
  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    opened.forEach((details) => { details.open = true; });
  });
  window.addEventListener('afterprint', () => opened.forEach((details) => { details.open = false; }));
}

function start() {
  const main = document.getElementById('page');
  try {
    main.append(...draw());
  } catch (error) {
    main.append(el('p', { role: 'alert' }, `This page could not be drawn: ${error.message}.`));
    throw error;
  }
  openForPrint();
}

start();
