import { words } from "../format";

/** The options of a select for values such as `food-processing`. */
export function WordOptions({ values }: { values: readonly string[] }) {
  return values.map((value) => (
    <option key={value} value={value}>
      {words(value)}
    </option>
  ));
}
