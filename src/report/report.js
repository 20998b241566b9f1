// Two comforts; without scripts the page is complete. Nothing is loaded or sent.
(() => {
  'use strict';
  const root = document.documentElement, toggle = document.getElementById('theme');
  let store = null;
  try { store = window.localStorage; } catch (e) { /* a file may have none */ }
  const kept = () => { try { return store && store.getItem('ridgeline-theme'); } catch (e) { return null; } };
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const say = () => { toggle.textContent = dark() ? 'Light' : 'Dark'; toggle.setAttribute('aria-label', 'Show this page ' + (dark() ? 'light' : 'dark')); };
  if (kept() === 'dark' || kept() === 'light') root.dataset.theme = kept();
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener('click', () => {
      root.dataset.theme = dark() ? 'light' : 'dark';
      try { store.setItem('ridgeline-theme', root.dataset.theme); } catch (e) { /* then not kept */ }
      say();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', say);
    say();
  }
  // A click on a column's name sorts by it; cells may say their value in data-v.
  for (const table of document.querySelectorAll('table[data-sort]')) {
    const body = table.tBodies[0], heads = table.tHead.rows[0].cells;
    const value = (row, i) => { const c = row.cells[i], v = c.dataset.v ?? c.textContent.trim(), x = Number(v.replace(/ /g, '')); return Number.isNaN(x) || v === '' ? v : x; };
    [...heads].forEach((head, i) => {
      if (head.querySelector('.vh')) return;
      const button = document.createElement('button');
      button.type = 'button'; button.textContent = head.textContent; head.replaceChildren(button);
      button.addEventListener('click', () => {
        const up = head.getAttribute('aria-sort') === 'descending';
        for (const h of heads) h.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        const rows = [...body.rows].map((r) => [value(r, i), r]);
        rows.sort(([a], [b]) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))) * (up ? 1 : -1));
        body.append(...rows.map(([, r]) => r));
      });
    });
  }
})();
