/** Errors are recognised by brand, across two copies of this package; `instanceof` would miss the other copy's. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}
