/** Line icons of 24 by 24 in the text's colour. They are decoration: the text beside them carries the meaning. */
const PATHS = {
  company: "M4 21V5l8-3v19M12 9h8v12M3 21h18M8 8v.01M8 12v.01M8 16v.01M16 13v.01M16 17v.01",
  certificate: "M12 3a6 6 0 1 1 0 12 6 6 0 0 1 0-12ZM8.5 14 7 22l5-3 5 3-1.5-8M9.5 9l2 2 3-4",
  document: "M6 2h8l5 5v15H6ZM14 2v5h5M9 12h7M9 16h7",
  platform: "M3 4h18v6H3ZM3 14h18v6H3ZM7 7v.01M7 17v.01M11 7h6M11 17h6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  cross: "m6 6 12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14ZM16 16l5 5",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
