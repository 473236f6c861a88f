import { byId } from './dom.js';

/** Where the details are: beside the table where there is room, else in a sheet over it. */
export function createPanel() {
  const detail = byId('detail', HTMLElement);
  const place = byId('detail-place', HTMLElement);
  const sheet = byId('sheet', HTMLDialogElement);
  const roomy = matchMedia('(min-width: 70rem)');

  const settle = () => {
    if (!roomy.matches) return sheet.append(detail);
    sheet.close();
    place.append(detail);
  };
  roomy.addEventListener('change', settle);
  byId('sheet-close', HTMLButtonElement).addEventListener('click', () => sheet.close());
  // A tap beside the sheet is one on the dialog itself.
  sheet.addEventListener('click', ({ target }) => target === sheet && sheet.close());
  settle();

  return {
    isSheet: () => !roomy.matches,
    open() {
      if (!roomy.matches && !sheet.open) sheet.showModal();
      for (const scroller of [place, detail]) scroller.scrollTop = 0;
    },
  };
}
