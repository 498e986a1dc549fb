#include "report/html_page.h"

namespace faultline {

const char* page_script() {
  return R"js(
'use strict';
(() => {
  const words = new Intl.Collator('en', { numeric: true });
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    if (tag === 'button') element.type = 'button';
    return element;
  };

  // What a cell says in its first line.
  const said = (cell) => {
    if (!cell) return '';
    const copy = cell.cloneNode(true);
    copy.querySelectorAll('small, sup, .mark, .spec').forEach((part) => part.remove());
    return copy.textContent.trim();
  };
  // 0.21, 10 of 12, 21 %, 8/255, 1.2 x 10^-9 as the report writes them; NaN for words.
  const number = (text) => {
    const raised = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';
    const power = (all, lead, sign, digits) =>
      (lead || '1') + 'e' + (sign ? '-' : '') + [...digits].map((digit) => raised.indexOf(digit)).join('');
    const flat = text.replace(/(?:([\d.]+) \u00d7 )?10(\u207b?)([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)/, power);
    const found = /^(?:below |above )?(-?[\d.]+(?:e[-+]?\d+)?)(?:\/(\d+))?/.exec(flat);
    return found ? Number(found[1]) / Number(found[2] || 1) : NaN;
  };

  // Rows move together with the notes below them; rows that name a group stay, sums stay last.
  const segments = (body) => {
    const out = [[]];
    for (const row of body.rows) {
      const segment = out[out.length - 1];
      if (row.classList.contains('group')) out.push([]);
      else if (row.classList.contains('note') && segment.length) segment[segment.length - 1].push(row);
      else segment.push([row]);
    }
    return out;
  };
  const place = (body, groups, parts) => {
    parts.forEach((units, i) => {
      if (i > 0) body.append(groups[i - 1]);
      units.forEach((unit) => body.append(...unit));
    });
  };
  const sortable = (table) => {
    const head = table.tHead;
    // Without a heading in its corner a table has measures below each other: there is nothing to sort.
    if (!head || head.rows.length !== 1 || !head.rows[0].cells[0].textContent.trim()) return;
    if ([...head.rows[0].cells].some((cell) => cell.colSpan > 1)) return;
    const bodies = [...table.tBodies].map((body) => ({
      body, parts: segments(body), groups: [...body.rows].filter((row) => row.classList.contains('group'))
    }));
    if (!bodies.some(({ parts }) => parts.some((units) => units.length > 1))) return;
    [...head.rows[0].cells].forEach((cell, column) => {
      const button = make('button', 'sort');
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener('click', () => {
        const next = { ascending: 'descending', descending: '' };
        const order = cell.hasAttribute('aria-sort') ? next[cell.getAttribute('aria-sort')] : 'ascending';
        for (const other of head.rows[0].cells) other.removeAttribute('aria-sort');
        if (order) cell.setAttribute('aria-sort', order);
        const turned = order === 'descending' ? -1 : 1;
        const asNumbers = cell.classList.contains('n');
        const compare = (a, b) => {
          const sums = a[0].classList.contains('sum') - b[0].classList.contains('sum');
          if (sums) return sums;
          const left = said(a[0].cells[column]), right = said(b[0].cells[column]);
          if (!asNumbers) return turned * words.compare(left, right);
          const x = number(left), y = number(right);
          if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
          return turned * (x - y);
        };
        for (const { body, parts, groups } of bodies)
          place(body, groups, order ? parts.map((units) => [...units].sort(compare)) : parts);
      });
    });
  };

  // A field above a long table that hides the rows without the words.
  const filterable = (box, table) => {
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
    if (rows.length < 12) return;
    const line = make('p', 'filter');
    const label = make('label', '', 'Filter ');
    const field = make('input');
    field.type = 'search';
    field.setAttribute('aria-label', 'Filter the rows of: ' + box.getAttribute('aria-label'));
    const count = make('span');
    count.setAttribute('role', 'status');
    label.append(field);
    line.append(label, count);
    box.before(line);
    field.addEventListener('input', () => {
      const asked = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0, all = 0;
      for (const body of table.tBodies) {
        const named = [...body.rows].filter((row) => row.classList.contains('group'));
        const title = named.length === 1 ? named[0].textContent.toLowerCase() : '';
        let any = false, keep = false;
        for (const row of body.rows) {
          if (named.includes(row)) continue;
          if (!row.classList.contains('note')) {
            const text = title + ' ' + row.textContent.toLowerCase();
            keep = asked.every((word) => text.includes(word));
            any = any || keep;
            all += 1;
            shown += keep ? 1 : 0;
          }
          row.classList.toggle('out', !keep);
        }
        for (const row of named) row.classList.toggle('out', named.length === 1 && !any);
      }
      count.textContent = asked.length ? shown + ' of ' + all + ' rows' : '';
    });
  };

  // Pictures open large in a dialog; arrows go along the strip, Escape closes, and the focus returns.
  const dialog = make('dialog', 'large');
  dialog.setAttribute('aria-label', 'Picture, enlarged');
  const picture = make('img'), caption = make('p'), bar = make('p', 'bar');
  caption.setAttribute('role', 'status');
  const back = make('button', '', 'Previous'), on = make('button', '', 'Next'), close = make('button', '', 'Close');
  bar.append(back, on, close);
  dialog.append(picture, caption, bar);
  document.body.append(dialog);
  let strip = [], at = 0;
  const show = (i) => {
    at = (i + strip.length) % strip.length;
    picture.src = strip[at].src;
    picture.alt = strip[at].alt;
    caption.textContent = strip[at].alt + ' (' + (at + 1) + ' of ' + strip.length + ')';
  };
  back.addEventListener('click', () => show(at - 1));
  on.addEventListener('click', () => show(at + 1));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') show(at - 1);
    if (event.key === 'ArrowRight') show(at + 1);
  });
  document.querySelectorAll('.strip').forEach((line) => {
    const pictures = [...line.querySelectorAll('img')];
    pictures.forEach((one, i) => {
      const button = make('button', 'zoom');
      button.setAttribute('aria-label', 'Enlarge: ' + one.alt);
      one.before(button);
      button.append(one);
      button.addEventListener('click', () => {
        strip = pictures;
        show(i);
        dialog.showModal();
        close.focus();
      });
    });
  });

  document.querySelectorAll('.scroll > table').forEach((table) => {
    sortable(table);
    filterable(table.parentElement, table);
  });

  // Paper cannot be clicked: what is folded is printed open.
  let folded = [];
  window.addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    folded.forEach((part) => { part.open = true; });
  });
  window.addEventListener('afterprint', () => folded.forEach((part) => { part.open = false; }));
})();
)js";
}

}  // namespace faultline
