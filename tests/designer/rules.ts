/**
 * Which inputs of a form are visible: a reading of the visible rules of its own (agent contract, section 7.3), against
 * which the page and the task are judged. Nothing of the page's code is used.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/lib/paths.ts";

/** An input of task.json. */
export interface FormInput {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly aliases?: readonly string[];
  readonly defaultValue: string;
  readonly required: boolean;
  readonly groupName: string;
  readonly visibleRule?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly helpMarkDown: string;
}

/** The parts of task.json that make the form. */
export interface Form {
  readonly name: string;
  readonly groups: readonly {
    readonly name: string;
    readonly displayName: string;
    readonly isExpanded: boolean;
    readonly visibleRule?: string;
  }[];
  readonly inputs: readonly FormInput[];
  readonly outputVariables: readonly { readonly name: string }[];
}

/** Values by input; an input that is left out has its default. */
export type Values = Readonly<Record<string, string>>;

/** One clause of a rule. */
export interface Clause {
  readonly text: string;
  readonly input: string;
  readonly equal: boolean;
  readonly value: string;
}

/** How a clause came out: by the value, or because the input it looks at is itself invisible. */
export type Verdict = "true" | "false" | "hidden";

/** The form of a task's folder, e.g. `AzureImageBuilderV1`. */
export function readForm(folder: string): Form {
  return JSON.parse(readFileSync(join(root, "tasks", folder, "task.json"), "utf8")) as Form;
}

/** The clauses of a rule; `any` where one is enough. Throws an Error for what the grammar does not have. */
export function parseRule(rule: string): { readonly any: boolean; readonly clauses: readonly Clause[] } {
  const any = rule.includes(" || ");
  if (any && rule.includes(" && ")) throw new Error(`${rule}: && and || are mixed`);
  const clauses = rule.split(any ? " || " : " && ").map((text): Clause => {
    const match = /^(?<input>[A-Za-z][A-Za-z0-9]*) (?<sign>=|!=) (?<value>""|[A-Za-z0-9. ]+)$/.exec(text)?.groups;
    if (match === undefined) throw new Error(`${text}: not a clause of the grammar`);
    const { input = "", sign, value = "" } = match;
    return { text, input, equal: sign === "=", value: value === '""' ? "" : value };
  });
  return { any, clauses };
}

/** How a clause comes out with these values. */
export function judgeClause({ input, equal, value }: Clause, form: Form, values: Values): Verdict {
  const other = form.inputs.find(({ name }) => name === input);
  if (other === undefined) throw new Error(`${input}: a rule looks at it, and it is not there`);
  if (!isVisible(other, form, values)) return "hidden";
  const given = values[input] ?? other.defaultValue;
  return (given.localeCompare(value, "en", { sensitivity: "accent" }) === 0) === equal ? "true" : "false";
}

/** Whether an input is visible: its own rule and its group's. */
export function isVisible(input: FormInput, form: Form, values: Values): boolean {
  const group = form.groups.find(({ name }) => name === input.groupName);
  return isHeld(group?.visibleRule, form, values) && isHeld(input.visibleRule, form, values);
}

/** Whether a rule holds; one that is not there does. */
export function isHeld(rule: string | undefined, form: Form, values: Values): boolean {
  if (rule === undefined) return true;
  const { any, clauses } = parseRule(rule);
  const verdicts = clauses.map((clause) => judgeClause(clause, form, values) === "true");
  return any ? verdicts.includes(true) : !verdicts.includes(false);
}

/** Names of the visible inputs. */
export function visibleInputs(form: Form, values: Values): readonly string[] {
  return form.inputs.filter((input) => isVisible(input, form, values)).map(({ name }) => name);
}

/** All rules of a form, of groups and of inputs, without repetition. */
export function rulesOf({ groups, inputs }: Form): readonly string[] {
  const rules = [...groups, ...inputs].flatMap(({ visibleRule }) => (visibleRule === undefined ? [] : [visibleRule]));
  return [...new Set(rules)];
}

/** The inputs that rules look at, each with the values that make a difference, its default first. */
export function subjectsOf(form: Form): ReadonlyMap<string, readonly string[]> {
  const names = new Set(rulesOf(form).flatMap((rule) => parseRule(rule).clauses.map(({ input }) => input)));
  return new Map(
    form.inputs
      .filter(({ name }) => names.has(name))
      .map(({ name, type, options, defaultValue }) => {
        const all =
          options !== undefined ? Object.keys(options) : type === "boolean" ? ["false", "true"] : ["", "something"];
        return [name, [defaultValue, ...all.filter((value) => value !== defaultValue)]];
      }),
  );
}

/** The inputs on which a rule depends, directly or because they hide one it looks at, in the form's order. */
export function reachOf(rule: string, form: Form): readonly string[] {
  const direct = parseRule(rule).clauses.map(({ input }) => input);
  const others = form.inputs
    .filter(({ name }) => direct.includes(name))
    .flatMap(({ visibleRule, groupName }) => [
      visibleRule,
      form.groups.find(({ name }) => name === groupName)?.visibleRule,
    ])
    .flatMap((one) => (one === undefined ? [] : reachOf(one, form)));
  const all = new Set([...direct, ...others]);
  return form.inputs.map(({ name }) => name).filter((name) => all.has(name));
}

/** Every state of everything that each input or group depends on, as what differs from the defaults; none twice. */
export function statesOf(form: Form): readonly Values[] {
  const subjects = subjectsOf(form);
  const whole = [...form.groups, ...form.inputs.map((input) => ({ ...input, group: input.groupName }))].map((part) => {
    const group = "group" in part ? form.groups.find(({ name }) => name === part.group)?.visibleRule : undefined;
    const rules = [part.visibleRule, group].filter((rule) => rule !== undefined);
    const names = new Set(rules.flatMap((rule) => reachOf(rule, form)));
    return [...subjects].filter(([name]) => names.has(name));
  });
  const states = whole.flatMap((parts) =>
    parts.reduce<readonly Values[]>(
      (list, [name, values]) =>
        list.flatMap((state) => values.map((value, at) => (at === 0 ? state : { ...state, [name]: value }))),
      [{}],
    ),
  );
  return [...new Map(states.map((state) => [JSON.stringify(state), state])).values()];
}
