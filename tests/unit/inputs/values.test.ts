import assert from "node:assert/strict";
import { parseBlobAddress } from "../../../tasks/AzureImageBuilderV1/src/values/address.ts";
import { choiceParser, integerParser, parseBoolean } from "../../../tasks/AzureImageBuilderV1/src/values/parsed.ts";
import { lastSegment, resolvePath } from "../../../tasks/AzureImageBuilderV1/src/values/path.ts";
import { redactSignatures } from "../../../tasks/AzureImageBuilderV1/src/values/redact.ts";
import { parseRegion, parseTargetRegions } from "../../../tasks/AzureImageBuilderV1/src/values/regions.ts";
import {
  idOrNameParser,
  idParser,
  parseResourceGroup,
  readResourceId,
} from "../../../tasks/AzureImageBuilderV1/src/values/resource-id.ts";
import { parseTags } from "../../../tasks/AzureImageBuilderV1/src/values/tags.ts";
import { findUnresolved } from "../../../tasks/AzureImageBuilderV1/src/values/unresolved.ts";
import { compareVersions, newestVersion } from "../../../tasks/AzureImageBuilderV1/src/values/version.ts";
import {
  parseGalleryVersion,
  parseIdentityIds,
  parseOsChoice,
  parsePath,
  parsePurchasePlan,
  parseSourceVersion,
} from "../../../tasks/AzureImageBuilderV1/src/inputs/parsers.ts";
import type { Parser } from "../../../tasks/AzureImageBuilderV1/src/values/parsed.ts";
import { identity, subscription } from "./step.ts";

const imageId = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Compute/images/base`;
const parsers: Readonly<Record<string, Parser<unknown>>> = {
  boolean: parseBoolean,
  choice: choiceParser({ cleanup: [], abort: ["stop"] }),
  integer: integerParser(0, 960, { legal: "0 or 6 to 960", test: (value) => value === 0 || value > 5 }),
  region: parseRegion,
  regions: parseTargetRegions,
  image: idParser("Microsoft.Compute/images"),
  imageOrName: idOrNameParser("Microsoft.Compute/images", /^\w+$/, "a name"),
  group: parseResourceGroup,
  tags: parseTags,
  blob: parseBlobAddress,
  os: parseOsChoice,
  sourceVersion: parseSourceVersion,
  plan: parsePurchasePlan,
  galleryVersion: parseGalleryVersion,
  identities: parseIdentityIds,
  path: parsePath,
};

const cases: readonly (readonly [parser: string, text: string, value: unknown])[] = [
  ["boolean", "TRUE", true],
  ["boolean", "False", false],
  ["choice", "ABORT", "abort"],
  ["choice", "Stop", "abort"],
  ["integer", "0", 0],
  ["integer", "006", 6],
  ["region", "West Europe", "westeurope"],
  ["region", "eastus2", "eastus2"],
  [
    "regions",
    "westeurope=2:Standard_ZRS, northeurope",
    [{ name: "westeurope", replicaCount: 2, storageAccountType: "Standard_ZRS" }, { name: "northeurope" }],
  ],
  [
    "regions",
    " West US 2 = 3 ,\n eastus:premium_lrs,",
    [
      { name: "westus2", replicaCount: 3 },
      { name: "eastus", storageAccountType: "Premium_LRS" },
    ],
  ],
  ["image", `${imageId}/`, imageId],
  [
    "image",
    imageId.replace("/resourceGroups/", "/resourcegroups/"),
    imageId.replace("/resourceGroups/", "/resourcegroups/"),
  ],
  ["imageOrName", "base", "base"],
  ["imageOrName", imageId, imageId],
  ["group", "rg-images", "rg-images"],
  ["group", `/subscriptions/${subscription}/resourceGroups/rg`, `/subscriptions/${subscription}/resourceGroups/rg`],
  ["tags", "costCenter: 4711\nversion: 1.10\nnote: on", { costCenter: "4711", version: "1.10", note: "on" }],
  ["tags", '{"a": 1, "b": "two", "c": true}', { a: "1", b: "two", c: "true" }],
  ["blob", "https://st.blob.core.windows.net/vhds/a/web.vhd", "https://st.blob.core.windows.net/vhds/a/web.vhd"],
  ["os", "Auto", undefined],
  ["os", "PowerShell", { osType: "windows", mayYield: true }],
  ["os", "shell", { osType: "linux", mayYield: true }],
  ["os", "Windows", { osType: "windows", mayYield: false }],
  ["sourceVersion", "Latest", undefined],
  ["sourceVersion", "14393.3630.2004101604", "14393.3630.2004101604"],
  ["plan", " a : b.c : d-e ", { name: "a", product: "b.c", publisher: "d-e" }],
  ["galleryVersion", "latest", { scheme: "Latest" }],
  ["galleryVersion", "Latest  2", { scheme: "Latest", major: 2 }],
  ["galleryVersion", "SOURCE", { scheme: "Source" }],
  ["galleryVersion", "1.2.{next}", { scheme: "Pattern", text: "1.2.{next}" }],
  ["galleryVersion", "2026.801.1", { scheme: "Explicit", version: "2026.801.1" }],
  ["identities", `${identity}\r\n\n ${identity}/ , ${identity}`, [identity, identity, identity]],
  ["path", "a\\b c/d", "a\\b c/d"],
];

const refused: readonly (readonly [parser: string, text: string])[] = [
  ["boolean", "yes"],
  ["boolean", "1"],
  ["choice", "on"],
  ["integer", "3"],
  ["integer", "961"],
  ["integer", "-1"],
  ["integer", "6.5"],
  ["integer", "12 minutes"],
  ["region", "west-europe"],
  ["region", "*"],
  ["regions", ","],
  ["regions", "westeurope, West Europe"],
  ["regions", "westeurope=0"],
  ["regions", "westeurope=101"],
  ["regions", "westeurope=60, northeurope=41"],
  ["regions", "westeurope=2:Standard_GRS"],
  ["regions", "westeurope=two"],
  ["image", "base"],
  ["image", `${imageId}/versions/1`],
  ["image", imageId.replace(subscription, "my-subscription")],
  ["image", imageId.replace("Microsoft.Compute/images", "Microsoft.Compute/disks")],
  ["imageOrName", "a/b"],
  ["imageOrName", "a b"],
  ["group", "ends."],
  ["group", `/subscriptions/${subscription}`],
  ["tags", "- a\n- b"],
  ["tags", "a: [1]"],
  ["tags", '{"a": '],
  ["tags", "a/b: 1"],
  ["tags", `a: ${"x".repeat(257)}`],
  ["tags", Array.from({ length: 51 }, (_, index) => `t${index}: 1`).join("\n")],
  ["blob", "http://st.blob.core.windows.net/vhds/web.vhd"],
  ["blob", "https://st.blob.core.windows.net/vhds"],
  ["blob", "https://st.blob.core.windows.net/vhds/web.vhd?sig=x"],
  ["os", "bash"],
  ["os", "toString"],
  ["sourceVersion", "newest"],
  ["plan", "a:b"],
  ["plan", "a:b:c:d"],
  ["galleryVersion", "1.2"],
  ["galleryVersion", "1.2.{later}"],
  ["galleryVersion", "1.2.9999999999"],
  ["galleryVersion", "latest2"],
  ["identities", `${identity}\nbuilder`],
  ["path", "a\u0007b"],
];

describe("values of inputs", () => {
  for (const [parser, text, value] of cases) {
    it(`reads ${JSON.stringify(text.slice(0, 60))} as ${parser}`, () => {
      assert.deepEqual(parsers[parser]?.(text), { ok: true, value });
    });
  }

  for (const [parser, text] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))} as ${parser} and says what is legal`, () => {
      const parsed = parsers[parser]?.(text);
      assert.ok(parsed !== undefined && !parsed.ok, "was accepted");
      assert.match(parsed.code, /^AIB1\d\d$/);
      assert.ok(parsed.legal.length > 3 && parsed.why.length > 3);
    });
  }

  it("tells line and column of a bad tag", () => {
    const parsed = parseTags("good: 1\n  \nbad/name: 2");
    assert.ok(!parsed.ok);
    assert.deepEqual([parsed.line, parsed.column], [3, 1]);
  });

  it("tells the line of a bad identity", () => {
    const parsed = parseIdentityIds(`${identity}\n${identity}\nbuilder`);
    assert.ok(!parsed.ok);
    assert.equal(parsed.line, 3);
  });
});

describe("resource IDs", () => {
  it("takes an ID apart", () => {
    assert.deepEqual(
      readResourceId(
        `/Subscriptions/${subscription}/resourceGROUPS/rg/Providers/microsoft.compute/Galleries/g/Images/d/`,
      ),
      {
        id: `/Subscriptions/${subscription}/resourceGROUPS/rg/Providers/microsoft.compute/Galleries/g/Images/d`,
        subscriptionId: subscription,
        resourceGroup: "rg",
        type: "microsoft.compute/galleries/images",
        names: ["g", "d"],
      },
    );
  });
});

describe("versions", () => {
  const pairs: readonly (readonly [string, string, number])[] = [
    ["9", "10", -1],
    ["14393.3630.2004101604", "14393.953.2004101604", 1],
    ["1.2", "1.2.0", 0],
    ["99999999999999999999.1", "99999999999999999998.2", 1],
  ];
  for (const [left, right, order] of pairs) {
    it(`compares ${left} and ${right} by number`, () => {
      assert.equal(compareVersions(left, right), order);
      assert.equal(compareVersions(right, left), -order + 0);
    });
  }

  it("finds the newest by number, not by text", () => {
    assert.equal(newestVersion(["20.9.1", "20.10.0", "latest", "20.2.40"]), "20.10.0");
  });

  it("finds none in a list without versions", () => {
    assert.equal(newestVersion(["latest"]), undefined);
  });
});

describe("what was meant to be filled in", () => {
  const found: readonly (readonly ["name" | "text", string, string])[] = [
    ["name", "rg-$(environment)", "AIB102"],
    ["text", "$(Build.Nonsense)/web", "AIB102"],
    ["text", "${{ parameters.path }}", "AIB102"],
    ["text", "$[variables.path]", "AIB102"],
    ["name", "/subscriptions/<sub>/x", "AIB103"],
    ["text", "<path to files>", "AIB103"],
    ["name", "/subscriptions/$subscriptionID/x", "AIB103"],
    ["name", "${group}", "AIB103"],
  ];
  for (const [scrutiny, text, code] of found) {
    it(`finds ${text} in a ${scrutiny}`, () => {
      assert.equal(findUnresolved(text, scrutiny)?.code, code);
    });
  }

  for (const [scrutiny, text] of [
    ["free", "echo $(date) <(x) $HOME <a>"],
    ["text", "/opt/price$list/a"],
    ["name", "Standard_D2ds_v5"],
  ] as const) {
    it(`finds nothing in ${text} as ${scrutiny}`, () => {
      assert.equal(findUnresolved(text, scrutiny), undefined);
    });
  }

  it("names every gap once", () => {
    assert.match(findUnresolved("/<a>/<b>/<a>", "name")?.why ?? "", /^`<a>`, `<b>` are placeholders$/);
  });
});

describe("paths of the agent", () => {
  const paths: readonly (readonly [cwd: string, given: string, path: string, last: string])[] = [
    ["/agent/1/s", "web", "/agent/1/s/web", "web"],
    ["/agent/1/s", "a\\b\\web\\", "/agent/1/s/a/b/web", "web"],
    ["/agent/1/s", "/agent/1/s\\testartifact", "/agent/1/s/testartifact", "testartifact"],
    ["/agent/1/s", ".", "/agent/1/s", "s"],
    ["/agent/1/s", "../a//drop/", "/agent/1/a/drop", "drop"],
    ["/agent/1/s", "/", "/", ""],
    ["D:\\a\\1\\s", "wvd/images", "D:\\a\\1\\s\\wvd\\images", "images"],
    ["D:\\a\\1\\s", "E:/drop/", "E:\\drop", "drop"],
    ["D:\\a\\1\\s", "D:\\", "D:\\", ""],
  ];
  for (const [cwd, given, path, last] of paths) {
    it(`resolves ${given} in ${cwd}`, () => {
      assert.equal(resolvePath(cwd, given), path);
      assert.equal(lastSegment(resolvePath(cwd, given)), last);
    });
  }
});

describe("redaction", () => {
  for (const [text, shown] of [
    ["https://a/b?sp=r&sig=AbC%2Bd%3D&se=1", "https://a/b?sp=r&sig=***&se=1"],
    ["url='https://a/b?sig=abc'", "url='https://a/b?sig=***'"],
    ['{"u":"https://a/b?sig=abc\\"x"}', '{"u":"https://a/b?sig=***\\"x"}'],
    ["https%3A%2F%2Fa%2Fb%3Fsig%3Dabc", "https%3A%2F%2Fa%2Fb%3Fsig%3D***"],
    ["SIG=abc and design=1", "SIG=*** and design=1"],
  ] as const) {
    it(`takes the signature out of ${text}`, () => {
      assert.equal(redactSignatures(text), shown);
      assert.equal(redactSignatures(shown), shown);
    });
  }
});
