import { words } from "../format";

const TONES: Readonly<Record<string, string>> = {
  valid: "good",
  verified: "good",
  ok: "good",
  suspended: "warning",
  pending: "warning",
  degraded: "warning",
  draining: "warning",
  revoked: "bad",
  blocked: "bad",
  unhealthy: "bad",
  "no answer": "bad",
};

/** A state as a coloured label. The word carries the meaning; the colour is only an addition. */
export function Status({ value }: { value: string }) {
  return <span className={`status ${TONES[value] ?? "neutral"}`}>{words(value)}</span>;
}
