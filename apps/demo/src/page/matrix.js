/** @import { BoardView, CellView, FrameworkView, GroupView, RequestView } from '../web/view.js' */
import { el, formatMs } from './dom.js';
import { rove } from './roving.js';

/**
 * @typedef {object} Matrix
 * @property {(cell: CellView) => void} update shows the latest answer of a cell
 * @property {(request: string, framework: string) => void} select marks a cell as the one that is looked at
 */

/**
 * Draws the table of answers. Each answer is a button; the arrow keys go from one to the next.
 * @param {HTMLElement} place
 * @param {BoardView} board
 * @param {(request: string, framework: string, key: boolean) => void} onPick `key`: reached by an arrow key
 * @returns {Matrix}
 */
export function drawMatrix(place, { frameworks, groups, cells }, onPick) {
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  const table = el('table', { role: 'grid', 'aria-label': 'Answers by request and framework' });
  table.append(drawHead(frameworks), ...groups.flatMap((group) => drawGroup(group, frameworks, buttons)));
  place.replaceChildren(table);
  const rows = [...table.querySelectorAll('tr.request')];
  rove(rows.map((row) => Array.from(row.querySelectorAll('button'))));

  /** @param {Event} event */
  const pick = ({ type, target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    const { request, framework } = button?.dataset ?? {};
    if (request !== undefined && framework !== undefined) onPick(request, framework, type === 'rove');
  };
  table.addEventListener('click', pick);
  table.addEventListener('rove', pick);

  /** @type {Matrix} */
  const matrix = {
    update(cell) {
      const button = buttons.get(keyOf(cell.request, cell.framework));
      if (button !== undefined) fill(button, cell);
    },
    select(request, framework) {
      table.querySelector('[aria-current]')?.removeAttribute('aria-current');
      const button = buttons.get(keyOf(request, framework));
      button?.setAttribute('aria-current', 'true');
      button?.dispatchEvent(new Event('home', { bubbles: true }));
    },
  };
  for (const cell of cells) matrix.update(cell);
  return matrix;
}

/**
 * @param {string} request
 * @param {string} framework
 */
const keyOf = (request, framework) => `${framework} ${request}`;

/** @param {readonly FrameworkView[]} frameworks */
function drawHead(frameworks) {
  const columns = frameworks.map(({ name, url }) =>
    el('th', { role: 'columnheader', scope: 'col' }, name, el('small', {}, `:${new URL(url).port}`)),
  );
  const first = el('th', { role: 'columnheader', scope: 'col' }, 'request', el('small', {}, 'expected answer'));
  return el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, first, ...columns));
}

/**
 * @param {GroupView} group
 * @param {readonly FrameworkView[]} frameworks
 * @param {Map<string, HTMLButtonElement>} buttons
 */
function drawGroup({ title, about, requests }, frameworks, buttons) {
  const span = { colspan: frameworks.length + 1, scope: 'rowgroup', role: 'columnheader' };
  const heading = el('th', { ...span, class: 'method' }, el('h2', {}, title), el('span', {}, about));
  return [true, false].map((good) => {
    const rows = requests.filter((request) => request.good === good);
    const label = el('th', { ...span, class: good ? 'kind good' : 'kind hostile' }, good ? 'let in' : 'refused');
    return el(
      'tbody',
      { role: 'rowgroup' },
      ...(good ? [el('tr', { role: 'row' }, heading)] : []),
      el('tr', { role: 'row' }, label),
      ...rows.map((request) => drawRow(request, frameworks, buttons)),
    );
  });
}

/**
 * @param {RequestView} request
 * @param {readonly FrameworkView[]} frameworks
 * @param {Map<string, HTMLButtonElement>} buttons
 */
function drawRow({ id, name, outcome }, frameworks, buttons) {
  const cells = frameworks.map((framework) => {
    const button = el('button', {
      type: 'button',
      tabindex: -1,
      class: 'waiting',
      'data-request': id,
      'data-framework': framework.name,
      'aria-label': `${framework.name}: no answer yet`,
    });
    button.append(el('span', { class: 'name' }, framework.name), el('b', {}, '…'), el('small', {}, ' '));
    buttons.set(keyOf(id, framework.name), button);
    return el('td', { role: 'gridcell' }, button);
  });
  const head = el('th', { role: 'rowheader', scope: 'row' }, name, el('code', {}, outcome));
  return el('tr', { role: 'row', class: 'request' }, head, ...cells);
}

/**
 * @param {HTMLButtonElement} button
 * @param {CellView} cell
 */
function fill(button, { framework, outcome, statusLine, ms, faults }) {
  const good = faults.length === 0;
  const first = button.classList.contains('waiting');
  const status = statusLine?.split(' ')[1] ?? 'none';
  const [name, answer, time] = button.children;
  name?.replaceChildren(framework);
  answer?.replaceChildren(`${good ? '✓' : '✗'} ${status}`);
  time?.replaceChildren(formatMs(ms));
  const verdict = good ? 'as expected' : 'not as expected';
  button.setAttribute('aria-label', `${framework}: ${outcome}, ${verdict}, ${formatMs(ms)}`);
  button.className = good ? 'pass' : 'fail';
  // The same class again would not start the fading anew.
  const fresh = () => button.classList.add('fresh');
  if (!first && document.visibilityState === 'visible') requestAnimationFrame(fresh);
}
