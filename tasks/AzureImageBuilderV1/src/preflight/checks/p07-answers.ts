/** P7, what Azure Policy answers about a resource that is not there yet (policy restrictions 2024-10-01). */
import { tagOf } from "../../values/tag-names.ts";
import { listAt, objectAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";
import type { Made } from "./p07-resources.ts";

/** One policy's objection to one resource. */
export interface Objection {
  readonly assignmentId: string;
  /** What the policy objects to. */
  readonly to: "content" | "name" | "field";
  /** The field, e.g. `location`; a tag by its name. */
  readonly field?: string;
  /** A tag that is missing or has a value that is not allowed. */
  readonly tag?: string;
  /** Values that are required or denied. */
  readonly values: readonly string[];
  readonly kind: "denies" | "requires" | "removes";
  /** Whether the resource is refused for it; other effects only change or report it. */
  readonly refuses: boolean;
}

/** Everything in an answer that would keep the resource from being made as it is. */
export function objectionsIn(answer: Json, made: Made): readonly Objection[] {
  return [...contentObjections(answer), ...fieldObjections(answer, made)];
}

/** Only `deny` keeps a resource from being made: other effects change or report it. */
function contentObjections(answer: Json): readonly Objection[] {
  return (listAt(answer, "contentEvaluationResult", "policyEvaluations") ?? []).flatMap((one): readonly Objection[] => {
    const isDenied =
      textAt(one, "evaluationResult")?.toLowerCase() === "noncompliant" &&
      textAt(one, "effectDetails", "policyEffect")?.toLowerCase() === "deny";
    const assignmentId = textAt(one, "policyInfo", "policyAssignmentId");
    return isDenied && assignmentId !== undefined
      ? [{ assignmentId, to: "content", values: [], kind: "denies", refuses: true }]
      : [];
  });
}

function fieldObjections(answer: Json, made: Made): readonly Objection[] {
  return (listAt(answer, "fieldRestrictions") ?? []).flatMap((entry) => {
    const field = textAt(entry, "field") ?? "";
    return (listAt(entry, "restrictions") ?? []).flatMap((one) => fieldObjection(field, one, made) ?? []);
  });
}

function fieldObjection(field: string, restriction: unknown, made: Made): Objection | undefined {
  const assignmentId = textAt(restriction, "policy", "policyAssignmentId");
  const kind = kindOf(textAt(restriction, "result"));
  if (assignmentId === undefined || kind === undefined) return undefined;
  const values = (listAt(restriction, "values") ?? []).filter((one): one is string => typeof one === "string");
  const tag = tagIn(field);
  const to = field.toLowerCase() === "name" ? "name" : "field";
  const objection: Objection = {
    assignmentId,
    to,
    field,
    ...(tag === undefined ? {} : { tag }),
    values,
    kind,
    refuses: textAt(restriction, "policyEffect")?.toLowerCase() === "deny",
  };
  return isMet(objection, textAt(restriction, "defaultValue"), made) ? undefined : objection;
}

function kindOf(result: string | undefined): Objection["kind"] | undefined {
  switch (result?.toLowerCase()) {
    case "deny":
      return "denies";
    case "required":
      return "requires";
    case "removed":
      return "removes";
    default:
      return undefined;
  }
}

/** Whether the resource is as the policy wants it, or the policy makes it so itself. */
function isMet({ to, tag, values, kind }: Objection, defaultValue: string | undefined, made: Made): boolean {
  const given = to === "name" ? made.name : tag === undefined ? undefined : tagTextOf(made, tag);
  const isListed = given !== undefined && values.some((value) => isLike(given, value));
  switch (kind) {
    case "requires":
      if (defaultValue !== undefined && given === undefined) return true;
      return given !== undefined && (values.length === 0 || isListed);
    case "denies":
      return values.length === 0 ? given === undefined : !isListed;
    case "removes":
      return given === undefined;
  }
}

/** Whether a text is as a policy's `like` has it: `*` stands for any text, case is ignored. */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "is").test(text);
}

/** The tag that a field names: `tags.costCenter`, `tags[costCenter]`, `tags['costCenter']`. */
function tagIn(field: string): string | undefined {
  const [, dotted, bracketed] = /^tags(?:\.(.+)|\['?([^'\]]+)'?\])$/i.exec(field) ?? [];
  return dotted ?? bracketed;
}

function tagTextOf({ content }: Made, tag: string): string | undefined {
  const found = tagOf(objectAt(content, "tags") ?? {}, tag);
  return typeof found === "string" ? found : undefined;
}
