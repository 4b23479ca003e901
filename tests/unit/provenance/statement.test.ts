import assert from "node:assert/strict";
import { describeDependencies } from "../../../tasks/AzureImageBuilderV1/src/provenance/dependencies.ts";
import {
  buildStatement,
  formatStatement,
  parseStatement,
} from "../../../tasks/AzureImageBuilderV1/src/provenance/statement.ts";
import { requestDigest } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { subscription } from "../inputs/step.ts";
import { form, made, version } from "./made.ts";
import { statementFaults } from "./schema.ts";

const text = formatStatement(buildStatement(made));
const run = { repositoryUrl: "https://dev.azure.com/o/p/_git/r", branch: "refs/heads/main", commit: "D".repeat(40) };
const place = {
  resourceManager: "https://management.azure.com/",
  subscriptionId: subscription,
  location: "westeurope",
};

describe("A statement of provenance", () => {
  it("is of the forms that in-toto and SLSA specify", () => {
    const dependencies = describeDependencies(form, place, run);
    assert.deepEqual(statementFaults(JSON.parse(formatStatement(buildStatement({ ...made, dependencies })))), []);
  });

  it("is read as what it was made of", () => {
    assert.deepEqual(parseStatement(text), {
      images: [version],
      requestDigest: requestDigest(form),
      form,
      finishedOn: made.finishedAt,
    });
  });

  it("names the digest of the request it holds for each image", () => {
    const images = [version, "https://st.blob.core.windows.net/vhds/a.vhd"];
    const { subject } = buildStatement({ ...made, images });
    const digest = { azureImageRequest: requestDigest(form).slice("v1:".length) };
    assert.deepEqual(
      subject,
      images.map((name) => ({ name, digest })),
    );
  });

  it("is the same text in whatever order the request's parts stand", () => {
    const turned = Object.fromEntries(Object.entries(form).reverse()) as unknown as typeof form;
    assert.equal(formatStatement(buildStatement({ ...made, form: turned })), text);
    assert.deepEqual(Object.keys(JSON.parse(text) as object), ["_type", "subject", "predicateType", "predicate"]);
  });

  /** The statement with the value at a path changed; undefined takes it away. */
  const changed = (path: string, value: unknown): string => {
    const whole = JSON.parse(text) as Record<string, unknown>;
    const names = path.split(".");
    const last = names.pop() ?? "";
    const owner = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, whole);
    if (value === undefined) delete owner[last];
    else owner[last] = value;
    return JSON.stringify(whole);
  };
  const request = "predicate.buildDefinition.externalParameters.request";
  const own = { azureImageRequest: requestDigest(form).slice("v1:".length) };
  const another = { azureImageRequest: "0".repeat(64) };
  const tampered: readonly (readonly [title: string, path: string, value: unknown])[] = [
    ["a step has changed", `${request}.steps.0.inline.sha256`, "d".repeat(64)],
    ["a step is gone", `${request}.steps`, []],
    ["the source has changed", `${request}.source.version`, "24.04.202601141"],
    ["there is something more in the request", `${request}.more`, 1],
    ["there is no request", request, undefined],
    ["the request is a list", request, [form]],
    ["the digest of an image is another", "subject.0.digest", another],
    ["an image has no digest", "subject.0.digest", undefined],
    ["an image has no name", "subject.0.name", undefined],
    [
      "the second of two images has another digest",
      "subject",
      [own, another].map((digest) => ({ name: version, digest })),
    ],
    ["an image's name is no text", "subject.0.name", 7],
    ["an image's name is endless", "subject.0.name", "/".repeat(3_000)],
    ["there is no image", "subject", []],
    ["the images are no list", "subject", { 0: { name: version, digest: own }, length: 1 }],
    ["there are too many images", "subject", Array(101).fill({ name: version, digest: own })],
    ["the by-product's digest is another", "predicate.runDetails.byproducts.0.digest", another],
    ["there is no by-product", "predicate.runDetails.byproducts", []],
    ["it is a statement of another version", "_type", "https://in-toto.io/Statement/v0.1"],
    ["it is another predicate", "predicateType", "https://slsa.dev/provenance/v0.2"],
    ["it is somebody else's build", "predicate.buildDefinition.buildType", "https://example.com/build"],
    ["the end is no date", "predicate.runDetails.metadata.finishedOn", "2026-13-45T10:00:00Z"],
    ["the end is a number", "predicate.runDetails.metadata.finishedOn", 1],
  ];
  for (const [title, path, value] of tampered) {
    it(`is not read where ${title}`, () => assert.equal(parseStatement(changed(path, value)), undefined));
  }

  it("is read without an end, which then is not known", () => {
    const read = parseStatement(changed("predicate.runDetails.metadata.finishedOn", undefined));
    assert.deepEqual([read?.images, read?.finishedOn], [[version], undefined]);
  });

  const hostile: Readonly<Record<string, string>> = {
    "no JSON": "<html></html>",
    nothing: "",
    null: "null",
    "a number": "1",
    "a list": "[]",
    "a text": '"x"',
    "depth without end": `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
    "depth in the request": changed(`${request}.steps`, ["deep"]).replace(
      '"deep"',
      `${'{"type":'.repeat(20_000)}1${"}".repeat(20_000)}`,
    ),
    "names of every object": '{"__proto__":{"_type":"https://in-toto.io/Statement/v1"},"constructor":{"prototype":{}}}',
  };
  for (const [what, value] of Object.entries(hostile)) {
    it(`is not ${what}`, () => assert.equal(parseStatement(value), undefined));
  }
});

describe("What an image was made from", () => {
  it("is the source, the artifact, what steps fetch, and the repository", () => {
    assert.deepEqual(describeDependencies(form, place, run), [
      {
        name: "source",
        uri:
          `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.Compute/locations/westeurope/` +
          "publishers/canonical/artifacttypes/vmimage/offers/ubuntu-24_04-lts/skus/server/versions/24.04.202601140",
      },
      { name: "artifact", digest: { azureImageArtifact: "a".repeat(64) } },
      { name: "File", uri: "https://example.com/a.msi", digest: { sha256: "c".repeat(64) } },
      { name: "Shell", uri: "https://example.com/check.sh" },
      {
        name: "repository",
        uri: "git+https://dev.azure.com/o/p/_git/r@refs/heads/main",
        digest: { gitCommit: "d".repeat(40) },
      },
    ]);
  });

  it("names the version that the service says it used", () => {
    const [source] = describeDependencies(form, { ...place, sourceVersion: "24.04.9" }, run);
    assert.match(source?.uri ?? "", /\/versions\/24\.04\.9$/);
  });

  for (const name of ["imageId", "imageVersionId"]) {
    it(`names a source by its ${name}, in the connection's cloud`, () => {
      const source = { type: "ManagedImage", [name]: "/subscriptions/s/resourcegroups/a (b)/x" };
      const [found] = describeDependencies(
        { ...form, source },
        { ...place, resourceManager: "https://management.usgovcloudapi.net/" },
        run,
      );
      assert.equal(found?.uri, "https://management.usgovcloudapi.net/subscriptions/s/resourcegroups/a%20(b)/x");
    });
  }

  it("has no digest for a changeset, and no repository where none is told", () => {
    const last = (change: object) => describeDependencies(form, place, { ...run, ...change }).at(-1);
    assert.deepEqual(last({ commit: "4711", branch: "" }), {
      name: "repository",
      uri: "git+https://dev.azure.com/o/p/_git/r",
    });
    assert.equal(last({ repositoryUrl: "" })?.name, "Shell");
  });
});
