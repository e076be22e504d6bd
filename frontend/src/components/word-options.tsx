import { words } from "../format";

/** A select's options for values such as `food-processing`. */
export function WordOptions({ values }: { values: readonly string[] }) {
  return values.map((value) => (
    <option key={value} value={value}>
      {words(value)}
    </option>
  ));
}
