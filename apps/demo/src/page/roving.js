/**
 * One stop of the Tab key for a whole grid of buttons; arrows, Home and End move within (ARIA Authoring Practices, grid). Each
 * step is a `rove` event of the button; `home` on a button makes it the one that Tab comes to.
 * @param {readonly (readonly HTMLButtonElement[])[]} rows
 */
export function rove(rows) {
  const first = rows[0]?.[0];
  if (first === undefined) return;
  let home = first;
  /** @param {HTMLButtonElement} button */
  const settle = (button) => {
    home.tabIndex = -1;
    button.tabIndex = 0;
    home = button;
  };
  settle(first);
  const grid = first.closest('table');
  grid?.addEventListener('home', ({ target }) => {
    if (target instanceof HTMLButtonElement) settle(target);
  });
  grid?.addEventListener('keydown', (event) => {
    const next = findNext(rows, home, event);
    if (next === undefined) return;
    event.preventDefault();
    settle(next);
    next.focus();
    next.dispatchEvent(new Event('rove', { bubbles: true }));
  });
}

/**
 * @param {readonly (readonly HTMLButtonElement[])[]} rows
 * @param {HTMLButtonElement} from
 * @param {KeyboardEvent} event
 */
function findNext(rows, from, { key, ctrlKey }) {
  const y = rows.findIndex((row) => row.includes(from));
  const x = rows[y]?.indexOf(from) ?? 0;
  const last = (rows[y]?.length ?? 1) - 1;
  switch (key) {
    case 'ArrowLeft':
      return rows[y]?.[x - 1];
    case 'ArrowRight':
      return rows[y]?.[x + 1];
    case 'ArrowUp':
      return rows[y - 1]?.[x];
    case 'ArrowDown':
      return rows[y + 1]?.[x];
    case 'Home':
      return rows[ctrlKey ? 0 : y]?.[0];
    case 'End':
      return rows[ctrlKey ? rows.length - 1 : y]?.[last];
    default:
      return undefined;
  }
}
