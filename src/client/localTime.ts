// A moment as the reader's own clock and calendar show it, for terminals and pipes.
// Knows the time zone of this machine; decides nothing about when a time is shown.

import type { LocalTime } from "./style.ts";

const dayFormat = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

export function tellTime(atMs: number): LocalTime {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minute = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return { day: dayFormat.format(at), minute };
}
