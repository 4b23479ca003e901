/** docs/designer.html in a browser: every state of the visible rules, reached by using the form's own controls. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { root } from "../../scripts/lib/paths.ts";
import { browserPath, openBrowser } from "./browser.ts";
import { type Form, judgeClause, parseRule, readForm, rulesOf, statesOf, subjectsOf, type Values } from "./rules.ts";
import { isHeld, isVisible, visibleInputs } from "./rules.ts";

/** What of an element is looked at inside the page. */
interface Attributed {
  getAttribute(name: string): string | null;
}

const address = pathToFileURL(join(root, "docs/designer.html")).href;

describe("docs/designer.html", () => {
  let browser: Browser | undefined;
  let page: Page;
  const asked: string[] = [];
  const faults: string[] = [];

  before(async function () {
    if (browserPath === undefined) {
      console.log("      passed over: there is no Chromium here");
      this.skip();
    }
    browser = await openBrowser(browserPath);
  });

  after(() => browser?.close());

  beforeEach(async () => {
    page = (await browser?.newPage()) ?? assert.fail("no browser");
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => faults.push(error.message));
    page.setDefaultTimeout(5000);
    await page.goto(address);
  });

  afterEach(async () => {
    await page?.close();
    assert.deepEqual(faults, []);
  });

  it("asks for nothing but itself", async () => {
    await openForm(readForm("AzureImageLifecycleV1"));
    assert.deepEqual([...new Set(asked)], [address]);
  });

  for (const folder of ["AzureImageBuilderV1", "AzureImageLifecycleV1"]) {
    const form = readForm(folder);

    it(`${folder}: groups in their order, folded as they say, with defaults, help, older names and required marks`, async () => {
      const article = await openForm(form);
      const groups = article.locator("section[data-group]");
      const names = await groups.evaluateAll((all: readonly Attributed[]) =>
        all.map((one) => one.getAttribute("data-group")),
      );
      assert.deepEqual(
        names,
        form.groups.map(({ name }) => name),
      );
      for (const { name, isExpanded, visibleRule } of form.groups) {
        const fold = article.locator(`section[data-group="${name}"] .fold`);
        assert.equal(await fold.getAttribute("aria-expanded"), String(isExpanded));
        if (!isHeld(visibleRule, form, {})) continue;
        const body = article.locator(`section[data-group="${name}"] .body`);
        assert.equal(await body.isVisible(), isExpanded, name);
        await fold.click();
        assert.equal(await body.isVisible(), !isExpanded, `${name} after a click`);
      }
      for (const input of form.inputs) {
        const row = article.locator(`[data-input="${input.name}"]`);
        const help = (await row.locator(".help").textContent()) ?? "";
        assert.equal(help, input.helpMarkDown.replaceAll("`", ""));
        assert.equal(await row.locator(".title label .required").count(), input.required ? 1 : 0, input.name);
        const older = await row.locator(".older").allTextContents();
        assert.deepEqual(older, input.aliases === undefined ? [] : [`older name: ${input.aliases.join(", ")}`]);
        assert.equal(await readControl(row), input.defaultValue, `${input.name}: default`);
      }
    });

    it(`${folder}: shows exactly what the rules say, in every state of all that each input depends on`, async function () {
      this.timeout(240_000);
      const article = await openForm(form);
      for (const fold of await article.locator("section[data-group] .fold").all()) {
        // Groups that are hidden now are to be seen open, too.
        if ((await fold.getAttribute("aria-expanded")) === "false") await fold.dispatchEvent("click");
      }
      const seen = new Map<string, Set<string>>();
      for (const state of statesOf(form)) {
        await bringTo(state, form, article);
        const shown = await article
          .locator("[data-input]:visible")
          .evaluateAll((all: readonly Attributed[]) => all.map((one) => one.getAttribute("data-input")));
        assert.deepEqual(shown, visibleInputs(form, state), JSON.stringify(state));
        const groups = await article
          .locator("section[data-group]:visible")
          .evaluateAll((all: readonly Attributed[]) => all.map((one) => one.getAttribute("data-group")));
        const expected = form.groups.filter(({ visibleRule }) => isHeld(visibleRule, form, state));
        assert.deepEqual(
          groups,
          expected.map(({ name }) => name),
          JSON.stringify(state),
        );
        note(state, form, seen);
      }
      assert.deepEqual(unseen(form, seen), []);
    });
  }

  it("says of a required input that it is empty until it is filled", async () => {
    const article = await openForm(readForm("AzureImageBuilderV1"));
    const row = article.locator('[data-input="resourceGroup"]');
    assert.equal(await row.locator(".missing").isVisible(), true);
    await row.locator("input").fill("rg-images");
    assert.equal(await row.locator(".missing").isVisible(), false);
  });

  it("shows a help text by its button", async () => {
    const row = (await openForm(readForm("AzureImageBuilderV1"))).locator('[data-input="action"]');
    assert.equal(await row.locator(".help").isVisible(), false);
    await row.locator(".ask").click();
    assert.equal(await row.locator(".help").isVisible(), true);
  });

  it("makes the step's name of its inputs", async () => {
    const article = await openForm(readForm("AzureImageLifecycleV1"));
    await article.locator('[data-input="action"] select').selectOption("sweep");
    assert.equal(await article.locator(".display-name").inputValue(), "Image lifecycle: sweep");
  });

  async function openForm({ name }: Form): Promise<Locator> {
    await page.click(`[data-tab="${name}"]`);
    return page.locator(`[data-task="${name}"]`);
  }
});

/** Sets the form from its defaults to a state by its own controls: what hides another input is set last. */
async function bringTo(state: Values, form: Form, article: Locator): Promise<void> {
  await article.locator(".reset").click();
  const steps = Object.entries(state);
  let now: Values = {};
  const set = async (name: string, value: string): Promise<void> => {
    await useControl(article.locator(`[data-input="${name}"]`), value);
    now = { ...now, [name]: value };
  };
  for (const [name, value] of steps.toReversed()) {
    const input = form.inputs.find((one) => one.name === name) ?? assert.fail(name);
    if (!isVisible(input, form, now)) {
      const way = [...subjectsOf(form)]
        .flatMap(([other, values]) => values.map((one) => [other, one] as const))
        .find(([other, one]) => isVisible(input, form, { ...now, [other]: one }));
      assert.ok(way !== undefined, `${name} cannot be reached`);
      await set(...way);
    }
    await set(name, value);
  }
  for (const [name, value] of Object.entries(now)) {
    const wanted = state[name] ?? form.inputs.find((one) => one.name === name)?.defaultValue ?? "";
    if (value !== wanted) await set(name, wanted);
  }
}

async function useControl(row: Locator, value: string): Promise<void> {
  const control = row.locator("input, select, textarea").first();
  if ((await control.getAttribute("type")) === "checkbox") await control.setChecked(value === "true");
  else if ((await row.locator("select").count()) > 0) await control.selectOption(value);
  else await control.fill(value);
}

async function readControl(row: Locator): Promise<string> {
  const control = row.locator("input, select, textarea").first();
  const isCheck = (await control.getAttribute("type")) === "checkbox";
  return isCheck ? String(await control.isChecked()) : control.inputValue();
}

/** Writes down how every clause came out in a state. */
function note(state: Values, form: Form, seen: Map<string, Set<string>>): void {
  for (const clause of rulesOf(form).flatMap((rule) => parseRule(rule).clauses)) {
    seen.set(clause.text, (seen.get(clause.text) ?? new Set()).add(judgeClause(clause, form, state)));
  }
}

/** Clauses that never were true, never false, or never on a hidden input although a rule can hide it. */
function unseen(form: Form, seen: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...new Set(rulesOf(form).flatMap((rule) => parseRule(rule).clauses))].flatMap(({ text, input }) => {
    const other = form.inputs.find(({ name }) => name === input);
    const group = form.groups.find(({ name }) => name === other?.groupName);
    const canHide = other?.visibleRule !== undefined || group?.visibleRule !== undefined;
    const wanted = canHide ? ["true", "false", "hidden"] : ["true", "false"];
    return wanted.filter((verdict) => seen.get(text)?.has(verdict) !== true).map((verdict) => `${text}: ${verdict}`);
  });
}
