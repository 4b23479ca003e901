import assert from "node:assert/strict";
import { chooseTold } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/told.ts";
import type { Finding } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";

const finding = (id: string, weight: Finding["weight"], evidence = id): Finding => ({
  id,
  weight,
  evidence,
  cause: "",
  remedy: "",
  link: "",
  retryable: false,
});

describe("Findings that are told", () => {
  const cases: readonly (readonly [title: string, found: readonly Finding[], told: readonly string[]])[] = [
    ["are none where there are none", [], []],
    ["are causes alone where there is a cause", [finding("a", "cause"), finding("b", "symptom")], ["a"]],
    ["are one symptom where there is no cause", [finding("a", "symptom"), finding("b", "symptom")], ["a"]],
    ["are two at most", [finding("a", "cause"), finding("b", "cause"), finding("c", "cause")], ["a", "b"]],
    [
      "rest on different words",
      [finding("a", "cause", "x"), finding("b", "cause", "x"), finding("c", "cause")],
      ["a", "c"],
    ],
  ];
  for (const [title, found, told] of cases) {
    it(title, () =>
      assert.deepEqual(
        chooseTold(found).map(({ id }) => id),
        told,
      ),
    );
  }
});
