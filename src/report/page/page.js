// Reads the data and draws the page of their kind.

const kPages = { report: reportPage, leaderboard: leaderboardPage, history: historyPage };

function draw() {
  const data = JSON.parse(document.getElementById('data').textContent);
  const page = kPages[data.kind];
  if (!page) throw new Error(`there is no page for data of kind "${data.kind}"`);
  return page(data).flat().filter(Boolean);
}

// On paper nothing can be opened: what is closed is printed open, and closed again.
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
