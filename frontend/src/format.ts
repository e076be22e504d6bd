/** Formats values for people, in the browser's language. */

const regionNames = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** @param code - Code of the country, two letters (ISO 3166-1); any other text is returned unchanged. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (regionNames.of(code) ?? code) : code;
}

/** @param iso - A date, or a date and time, of ISO 8601; any other text is returned unchanged. */
export function dateText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.valueOf()) ? iso : dates.format(date);
}

/** Format a size in decimal units, as file managers do: 1 MB is 1 000 000 bytes. */
export function sizeText(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1000 ** power);
}

/** Convert `food-processing` to "Food processing". */
export function words(value: string): string {
  const spaced = value.replaceAll(/[-_]/g, " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
