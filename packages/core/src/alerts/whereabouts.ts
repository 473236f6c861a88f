import type { Finding, Place, RequestEvent } from './alert.js';

// Decision: an airliner flies 900 km/h; what lies nearer than 500 km is within the error of resolvers.
const fastest = 900;
const nearest = 500;
const earthRadius = 6371;
// Decision: somebody's devices and countries; of more of them a new one is no news.
const maxKnown = 32;

/** What is known of one subject. */
export interface Whereabouts {
  readonly devices: Set<string>;
  readonly countries: Set<string>;
  last: { readonly latitude: number; readonly longitude: number; readonly at: number } | undefined;
}

export const newWhereabouts = (): Whereabouts => ({ devices: new Set(), countries: new Set(), last: undefined });

/** A device that a subject has not come with before. The first one is where it begins. */
export function seeDevice({ devices }: Whereabouts, { device }: RequestEvent): readonly Finding[] {
  const name = device.userAgent ?? '';
  return isNews(devices, name) ? [{ reason: 'new-device', about: name, details: {} }] : [];
}

/** A country that is new, and a way that nobody makes in the time. */
export function seePlace(known: Whereabouts, place: Place, at: number): readonly Finding[] {
  const { country, latitude, longitude } = place;
  const found: Finding[] = [];
  if (country !== undefined && isNews(known.countries, country))
    found.push({ reason: 'new-country', about: country, details: { country } });
  if (latitude === undefined || longitude === undefined) return found;
  const travel = known.last && travelOf(known.last, { latitude, longitude, at });
  known.last = { latitude, longitude, at };
  if (travel !== undefined && travel.kilometres >= nearest && travel.kilometresPerHour > fastest)
    found.push({ reason: 'impossible-travel', about: '', details: travel });
  return found;
}

function isNews(known: Set<string>, name: string): boolean {
  if (known.has(name)) return false;
  const isFirst = known.size === 0;
  known.add(name);
  if (known.size > maxKnown) known.delete(known.values().next().value!);
  return !isFirst;
}

interface Point {
  readonly latitude: number;
  readonly longitude: number;
  readonly at: number;
}

function travelOf(from: Point, to: Point): { readonly kilometres: number; readonly kilometresPerHour: number } {
  const kilometres = Math.round(distance(from, to));
  // Within one second nobody goes anywhere, in whatever order events came.
  const hours = Math.max(1, Math.abs(to.at - from.at)) / 3600;
  return { kilometres, kilometresPerHour: Math.round(kilometres / hours) };
}

/** The great circle (haversine). */
function distance(from: Point, to: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [a, b] = [radians(from.latitude), radians(to.latitude)];
  const half =
    Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(half)));
}
