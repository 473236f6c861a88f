const basicForm = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Seconds since the epoch of `X-Amz-Date` (ISO 8601 in basic form, UTC); undefined for anything else. */
export function parseAmzDate(text: string): number | undefined {
  if (!basicForm.test(text)) return undefined;
  const seconds = Date.parse(text.replace(basicForm, '$1-$2-$3T$4:$5:$6Z')) / 1000;
  // The 30th of February would come out as the 2nd of March.
  return !Number.isNaN(seconds) && formatAmzDate(seconds) === text ? seconds : undefined;
}

/** `X-Amz-Date` of seconds since the epoch, cut to whole ones. */
export function formatAmzDate(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(/[-:]|\.000/g, '');
}

/** Whether a `Date` field names the same second: as RFC 9110 §5.6.7 has it, or in the form of `X-Amz-Date`. */
export function isSameDate(date: string, at: number): boolean {
  return date === new Date(at * 1000).toUTCString() || date === formatAmzDate(at);
}
