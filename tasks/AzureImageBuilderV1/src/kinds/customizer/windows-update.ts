/** Customizer: Windows Update; it restarts the machine by itself as often as it needs (facts, section 1.5). */
import type { WindowsUpdateCustomizer } from "../../image-template.ts";
import { bad, good, integerParser, parseText, type Parser } from "../../values/parsed.ts";
import { problemCodes } from "../../codes.ts";
import type { CustomizerKind } from "./types.ts";

/** Which updates; what is absent is the task's own: all that are not installed, previews left out. */
interface UpdateAsked {
  readonly search: string;
  readonly filters: readonly string[];
  /** Most updates at a time; undefined is the service's 1000. */
  readonly limit?: number;
}

/** What the older tasks ask for, and a step that says nothing else. */
export const usualUpdates: UpdateAsked = {
  search: "IsInstalled=0",
  filters: ["exclude:$_.Title -like '*Preview*'", "include:$true"],
};

const parseFilter: Parser<string> = (text) =>
  /^(?:include|exclude):\S/.test(text)
    ? good(text)
    : bad(
        problemCodes.badStep,
        `\`${text}\` is not a filter`,
        "include:<expression> or exclude:<expression>, e.g. \"exclude:$_.Title -like '*Preview*'\"",
      );

/** WindowsUpdate. */
export const windowsUpdate: CustomizerKind<UpdateAsked> = {
  systems: ["windows"],
  validates: false,
  example: 'windowsUpdate: { filters: ["include:$true"], limit: 100 }',
  options: ["search", "filters", "limit"],
  main: "search",
  read: (fields) => ({
    search: fields.parsed("search", parseText) ?? usualUpdates.search,
    filters: fields.list("filters", parseFilter) ?? usualUpdates.filters,
    limit: fields.parsed("limit", integerParser(1, 1000)),
  }),
  files: () => [],
  build: (name, { search, filters, limit }): WindowsUpdateCustomizer => ({
    type: "WindowsUpdate",
    name,
    searchCriteria: search,
    filters,
    ...(limit === undefined ? {} : { updateLimit: limit }),
  }),
};
