/** Every input, once: how it is read, what an empty one means, and in which actions it means anything. */
import {
  choiceParser,
  integerParser,
  nameParser,
  parseBoolean,
  parseText,
  type Parser,
} from "../../../AzureImageBuilderV1/src/values/parsed.ts";
import { parseTargetRegions } from "../../../AzureImageBuilderV1/src/values/regions.ts";
import {
  idOrNameParser,
  idParser,
  parseResourceGroupName,
  parseSubscriptionId,
} from "../../../AzureImageBuilderV1/src/values/resource-id.ts";
import type { Scrutiny } from "../../../AzureImageBuilderV1/src/values/unresolved.ts";
import { type EndOfLife, parseDuration, parseEndOfLife, parseImageVersion, parseSubscriptionIds } from "./parsers.ts";

/** What the step does. */
export const actions = ["promote", "retire", "retain", "sweep"] as const;
export type Action = (typeof actions)[number];

const day = 24 * 60 * 60_000;

/** One input. */
export interface Row<T> {
  readonly parse: Parser<T>;
  /** The value of an empty input, and of one that is wrong. */
  readonly fallback: T;
  /** Default `name`. */
  readonly scrutiny?: Scrutiny;
  /** Actions in which it means something; absent: all. */
  readonly of?: readonly Action[];
  /** Actions in which it must be filled. */
  readonly neededBy?: readonly Action[];
  readonly missing?: { readonly why: string; readonly legal: string };
}

const row = <T>(columns: Row<T>): Row<T> => columns;
const optional = <T>(columns: Omit<Row<T | undefined>, "fallback">): Row<T | undefined> =>
  row<T | undefined>({ ...columns, fallback: undefined });

/** The table. */
export const inputTable = {
  action: optional<Action>({
    parse: choiceParser({ promote: [], retire: [], retain: [], sweep: [] }),
    neededBy: actions,
    missing: { why: "it is not said what to do", legal: actions.join(", ") },
  }),
  azureSubscription: row({
    parse: parseText,
    fallback: "",
    scrutiny: "text",
    neededBy: actions,
    missing: {
      why: "no service connection is given",
      legal: "the name of an Azure Resource Manager service connection",
    },
  }),
  subscriptionId: optional({ parse: parseSubscriptionId }),
  confirm: row({ parse: parseBoolean, fallback: false }),
  galleryImage: optional({
    parse: idParser("Microsoft.Compute/galleries/images"),
    of: ["promote", "retire", "retain"],
    neededBy: ["retain"],
    missing: { why: "no image definition is given", legal: "the ID of a gallery's image definition" },
  }),
  imageVersion: optional({
    parse: parseImageVersion,
    of: ["promote", "retire"],
    neededBy: ["promote", "retire"],
    missing: { why: "no version is given", legal: "the ID of a gallery version, or its number beside galleryImage" },
  }),
  timeoutInMinutes: row({ parse: integerParser(1, 1440), fallback: 120, of: ["promote", "retire", "retain"] }),
  targetRegions: row({ parse: parseTargetRegions, fallback: [], of: ["promote"] }),
  evenIfRetired: row({ parse: parseBoolean, fallback: false, of: ["promote"] }),
  endOfLifeDate: row<EndOfLife>({ parse: parseEndOfLife, fallback: { inMs: 0 }, of: ["retire"] }),
  keepNewest: row({
    parse: integerParser(1, 10_000),
    fallback: 1,
    of: ["retain"],
    neededBy: ["retain"],
    missing: { why: "it is not said how many versions to keep", legal: "a whole number, 1 or more" },
  }),
  keepYoungerThan: row({ parse: parseDuration, fallback: 30 * day, of: ["retain"] }),
  otherSubscriptions: row<readonly string[]>({ parse: parseSubscriptionIds, fallback: [], of: ["retain"] }),
  resourceGroup: row({
    parse: parseResourceGroupName,
    fallback: "",
    of: ["sweep"],
    neededBy: ["sweep"],
    missing: { why: "no resource group is given", legal: "the name of the resource group with the image templates" },
  }),
  olderThan: row({ parse: parseDuration, fallback: day, of: ["sweep"] }),
  storageAccount: optional({
    parse: idOrNameParser("Microsoft.Storage/storageAccounts", /^[a-z0-9]{3,24}$/, "a storage account's name"),
    of: ["sweep"],
  }),
  storageContainer: row({
    parse: nameParser(/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "a container's name: 3 to 63 of a-z, 0-9 and -"),
    fallback: "imagebuilder",
    of: ["sweep"],
  }),
  artifactRetentionDays: row({ parse: integerParser(1, 3650), fallback: 7, of: ["sweep"] }),
} as const;

export type InputName = keyof typeof inputTable;

/** A value for each input; the fallback of its row where it is empty, wrong, or of another action. */
export type InputValues = {
  readonly [K in InputName]: (typeof inputTable)[K] extends Row<infer T> ? T : never;
};

/** Names of the inputs, in the table's order. */
export const inputNames = Object.keys(inputTable) as readonly InputName[];
