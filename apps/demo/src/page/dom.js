/**
 * Makes an element. Text goes in as text nodes, never as markup: much of what is shown was sent by somebody.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | boolean | number | null>>} attributes null and false leave one out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no #${id}`);
  return element;
}

/** @param {string} text for screen readers */
export function announce(text) {
  byId('status', HTMLElement).textContent = text;
}

/** @param {number} ms */
export const formatMs = (ms) => `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
