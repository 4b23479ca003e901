/** Template files of each kind: what is read from them, and what is refused at which place. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readTemplateFile,
  type TemplateFileReading,
  type TemplateFileText,
} from "../../../tasks/AzureImageBuilderV1/src/template-file/read.ts";

const subscription = "11111111-2222-4333-8444-555555555555";
const group = `/subscriptions/${subscription}/resourceGroups/rg`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id`;
const image = `${group}/providers/Microsoft.Compute/images/web`;

interface Tree {
  readonly [name: string]: unknown;
}

const source: Tree = { type: "PlatformImage", publisher: "Canonical", offer: "o", sku: "s", version: "latest" };
const target: Tree = { type: "ManagedImage", runOutputName: "out", imageId: image, location: "West Europe" };

function resource(properties: Tree = {}, changes: Tree = {}): Tree {
  return {
    type: "Microsoft.VirtualMachineImages/imageTemplates",
    apiVersion: "2020-02-14",
    name: "mine",
    location: "westeurope",
    dependsOn: [],
    tags: { team: "web" },
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    properties: { source, distribute: [target], ...properties },
    ...changes,
  };
}

function deployment(parts: Tree, one: Tree = resource()): Tree {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    resources: [one],
    ...parts,
  };
}

function read(content: unknown, changes: Partial<TemplateFileText> = {}): TemplateFileReading {
  return readTemplateFile({
    text: typeof content === "string" ? content : JSON.stringify(content, undefined, 2),
    file: "image.json",
    replaced: [],
    surroundings: {
      subscriptionId: subscription,
      resourceGroup: "rg",
      groupLocation: "northeurope",
      now: new Date("2026-11-23T10:00:00Z"),
    },
    ...changes,
  });
}

/** `path: why` of each fault. */
const faultsOf = (reading: TemplateFileReading): readonly string[] =>
  reading.report.faults.map(({ path, why }) => `${path ?? ""}: ${why}`);

describe("readTemplateFile", () => {
  it("reads a bare resource and leaves out what only a deployment takes", () => {
    const { template, report } = read(resource());
    assert.deepEqual(report.faults, []);
    assert.deepEqual(template, {
      file: "image.json",
      name: "mine",
      location: "westeurope",
      identityId: identity,
      tags: { team: "web" },
      properties: { source, distribute: [target] },
    });
  });

  it("reads a request body, with comments, a trailing comma and a byte order mark", () => {
    const body = JSON.stringify({ location: "westeurope", properties: { source, distribute: [target] } });
    const { template, report } = read(`\uFEFF// ours\n${body.replace(/\}$/, ",}")}`);
    assert.deepEqual(report.faults, []);
    assert.deepEqual([template?.name, template?.location, template?.identityId], [undefined, "westeurope", undefined]);
  });

  it("takes the shorter spelling of the type", () => {
    assert.deepEqual(read(resource({}, { type: "Microsoft.VirtualMachineImages" })).report.faults, []);
  });

  it("leaves the texts of a bare resource alone", () => {
    const inline = ["[System.Net.Dns]", "[[x]"];
    const { template } = read(resource({ customize: [{ type: "PowerShell", inline }] }));
    assert.deepEqual(template?.properties.customize, [{ type: "PowerShell", inline }]);
  });

  it("evaluates a deployment's parameters, variables, keys and escapes", () => {
    const one = resource(
      {
        source: "[parameters('from')]",
        customize: [{ type: "Shell", name: "[variables('step')]", inline: ["[[ -f x ]", "[concat('a', 'b')]"] }],
        distribute: [{ ...target, imageId: "[resourceId('Microsoft.Compute/images', 'web')]" }],
      },
      {
        name: "[format('img-{0}', parameters('time'))]",
        location: "[resourceGroup().location]",
        identity: { type: "UserAssigned", userAssignedIdentities: { "[parameters('id')]": {} } },
      },
    );
    const parameters = {
      from: { type: "object", defaultValue: source },
      id: { type: "string" },
      time: { type: "string", defaultValue: "[utcNow('yyyyMMdd')]" },
      unused: { type: "string" },
    };
    const { template, report } = read(deployment({ parameters, variables: { step: "[concat('a', '1')]" } }, one), {
      parameters: { text: `ID: ${identity}` },
    });
    assert.deepEqual(report.faults, []);
    assert.deepEqual(template, {
      file: "image.json",
      name: "img-20261123",
      location: "northeurope",
      identityId: identity,
      tags: { team: "web" },
      properties: {
        source,
        customize: [{ type: "Shell", name: "a1", inline: ["[ -f x ]", "ab"] }],
        distribute: [target],
      },
    });
  });

  it("reads resources by symbolic name and leaves the others out, with a note", () => {
    const other = { type: "Microsoft.Authorization/locks", name: "lock" };
    const { template, report } = read(deployment({ resources: { lock: other, image: resource() } }));
    assert.equal(template?.name, "mine");
    assert.match(report.notes.join(), /not made: Microsoft\.Authorization\/locks/);
  });

  const parameterTexts: readonly (readonly [title: string, text: string, file?: string])[] = [
    ["lines", "sku: s\nsize: 30\nfast: true\nextra: [a, 1]"],
    ["a JSON object", '{"sku": "s", "size": 30, "fast": true, "extra": ["a", 1]}'],
    [
      "a parameters file",
      '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"sku": {"value": "s"}, "size": {"value": 30}, "fast": {"value": true}, "extra": {"value": ["a", 1]}}}',
      "p.json",
    ],
    ["a file without the envelope", '{"sku": "s", "size": 30, "fast": true, "extra": ["a", 1]}', "p.json"],
  ];
  for (const [title, text, file] of parameterTexts) {
    it(`takes values of parameters as ${title}`, () => {
      const parameters = {
        sku: { type: "string" },
        size: { type: "int", minValue: 1 },
        fast: { type: "bool" },
        extra: { type: "array" },
      };
      const one = resource({
        source: { ...source, sku: "[parameters('sku')]" },
        vmProfile: { osDiskSizeGB: "[parameters('size')]" },
        distribute: [{ ...target, artifactTags: { extra: "[string(parameters('extra'))]" } }],
        validate: { sourceValidationOnly: "[parameters('fast')]" },
      });
      const { template, report } = read(deployment({ parameters }, one), { parameters: { text, file } });
      assert.deepEqual(report.faults, []);
      assert.equal(template?.properties.vmProfile?.osDiskSizeGB, 30);
      assert.equal(template.properties.validate?.sourceValidationOnly, true);
      assert.deepEqual(template.properties.distribute?.[0]?.artifactTags, { extra: '["a",1]' });
    });
  }

  it("keeps a line's digits where the parameter is a text", () => {
    const one = resource({ source: { ...source, version: "[parameters('version')]" } });
    const { template } = read(deployment({ parameters: { version: { type: "string" } } }, one), {
      parameters: { text: "version: 1.10" },
    });
    assert.deepEqual(template?.properties.source, { ...source, version: "1.10" });
  });

  it("takes out what the service gives back, and says so", () => {
    const own = { [identity]: { principalId: "p", clientId: "c" } };
    const { template, report } = read(
      resource(
        {
          provisioningState: "Succeeded",
          lastRunStatus: { runState: "Failed" },
          exactStagingResourceGroup: "x",
          source: { ...source, exactVersion: "1.2.3" },
        },
        { id: "/x", identity: { type: "UserAssigned", userAssignedIdentities: own } },
      ),
    );
    assert.deepEqual(report.faults, []);
    assert.deepEqual(template?.properties, { source, distribute: [target] });
    assert.match(report.notes.join(), /properties\.provisioningState.*exactVersion|exactVersion.*provisioningState/);
  });

  it("counts null as left out", () => {
    const { template } = read(resource({ validate: null, vmProfile: { vmSize: "S", vnetConfig: null } }));
    assert.deepEqual(template?.properties.vmProfile, { vmSize: "S" });
    assert.equal(template.properties.validate, undefined);
  });

  it("finds the place of the artifact", () => {
    const steps = [{ type: "Shell", inline: ["a"] }, { type: "Artifact" }, { type: "Shell", inline: ["b"] }];
    const { template } = read(resource({ customize: steps }));
    assert.equal(template?.artifactAt, 1);
    assert.deepEqual(template.properties.customize, [steps[0], steps[2]]);
  });

  it("does not look at what inputs replace", () => {
    const one = resource(
      { source: "<source>", distribute: [], vmProfile: { vmSize: "<size>", osDiskSizeGB: 40 } },
      {
        location: "<region>",
        identity: "<id>",
      },
    );
    const replaced = [
      "location",
      "identity",
      "properties.source",
      "properties.distribute",
      "properties.vmProfile.vmSize",
    ];
    const { template, report } = read(one, { replaced });
    assert.deepEqual(report.faults, []);
    assert.deepEqual(template?.properties, { vmProfile: { osDiskSizeGB: 40 } });
  });

  it("tells every placeholder once, with all its places", () => {
    const one = resource(
      { source: { ...source, sku: "<sku>" }, vmProfile: { vmSize: "<sku>" } },
      { location: "$region" },
    );
    assert.deepEqual(faultsOf(read(one)), [
      "location: `$region` is a placeholder",
      "properties.source.sku: `<sku>` is a placeholder, also in properties.vmProfile.vmSize",
    ]);
  });

  it("leaves angle brackets and dollars in scripts alone", () => {
    const customize = [
      { type: "Shell", inline: ["cat <file> $HOME"] },
      { type: "WindowsUpdate", filters: ["exclude:$_.Title -like '<x>'"], searchCriteria: "$a" },
      { type: "WindowsRestart", restartCheckCommand: "echo <x> $y" },
    ];
    assert.deepEqual(read(resource({ customize })).report.faults, []);
  });

  it("tells every parameter that lacks a value, each once", () => {
    const one = resource({
      source: { ...source, sku: "[parameters('sku')]", offer: "[parameters('sku')]" },
      vmProfile: { vmSize: "[concat(parameters('a'), parameters('b'))]" },
    });
    const parameters = { sku: { type: "string" }, a: { type: "string" }, b: { type: "string" } };
    assert.deepEqual(faultsOf(read(deployment({ parameters }, one))).toSorted(), [
      "parameters.a: the parameter `a` has no value and no default",
      "parameters.b: the parameter `b` has no value and no default",
      "parameters.sku: the parameter `sku` has no value and no default",
    ]);
  });

  const faulty: readonly (readonly [title: string, content: unknown, faults: readonly RegExp[]])[] = [
    ["no object", "[]", [/does not hold an object/]],
    [
      "another resource",
      { type: "Microsoft.Compute/images", properties: {} },
      [/of type `Microsoft\.Compute\/images`/],
    ],
    ["neither kind", { location: "x" }, [/neither `properties` nor `resources`/]],
    [
      "a parameters file",
      { $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", parameters: {} },
      [/belongs to templateParameters/],
    ],
    ["no image template", deployment({ resources: [] }), [/has no image template/]],
    [
      "two image templates",
      deployment({ resources: [resource(), resource({}, { name: "other" })] }),
      [/has 2 image templates: resources\[0\] \(mine, line \d+\), resources\[1\] \(other, line \d+\)/],
    ],
    [
      "one in a nested deployment",
      deployment({
        resources: [{ type: "Microsoft.Resources/deployments", properties: { template: { resources: [resource()] } } }],
      }),
      [/nested deployments are not supported: resources\[0\]\.properties\.template\.resources\[0\]/],
    ],
    [
      "a loop of resources",
      deployment({}, resource({}, { copy: { name: "c", count: 2 } })),
      [/copy loops of resources/],
    ],
    ["a condition", deployment({}, resource({}, { condition: true })), [/conditions of resources/]],
    [
      "a loop of properties",
      deployment({}, resource({ copy: [{ name: "customize", count: 1, input: {} }] })),
      [/^properties\.copy: copy loops/],
    ],
    [
      "a variable made by a loop",
      deployment(
        { variables: { copy: [{ name: "many", count: 1, input: 1 }] } },
        resource({ customize: "[variables('many')]" }),
      ),
      [/`many` is made by a copy loop/],
    ],
    [
      "a variable in itself",
      deployment(
        { variables: { a: "[variables('b')]", b: "[variables('A')]" } },
        resource({ source: "[variables('a')]" }),
      ),
      [/`A` refers to itself/],
    ],
    [
      "an unknown parameter",
      deployment(
        { parameters: { size: { type: "string" } } },
        resource({ vmProfile: { vmSize: "[parameters('sizes')]" } }),
      ),
      [/no parameter `sizes` \(did you mean `size`\?\)/],
    ],
    [
      "reference()",
      deployment({}, resource({ vmProfile: { vmSize: "[reference('x').size]" } })),
      [/^properties\.vmProfile\.vmSize: the expression fails: the function reference is not evaluated here/],
    ],
    ["no source", resource({ source: null }), [/^properties\.source: it is missing/]],
    ["an empty list of targets", resource({ distribute: [] }), [/^properties\.distribute: the list is empty/]],
    ["two identities", resource({}, { identity: twoIdentities() }), [/more than one identity/]],
    [
      "no identity inside",
      resource({}, { identity: { type: "UserAssigned", userAssignedIdentities: {} } }),
      [/names no identity/],
    ],
    [
      "a system identity",
      resource({}, { identity: { type: "SystemAssigned" } }),
      [/`SystemAssigned`/, /userAssignedIdentities: it is missing/],
    ],
    [
      "a misspelt property",
      resource({ vmprofile: {} }),
      [/no property `vmprofile` here \(did you mean `vmProfile`\?\)/],
    ],
    ["a misspelt part", resource({}, { Tag: {} }), [/no `Tag` here \(did you mean `tags`\?\)/]],
    ["a misspelt type", resource({ customize: [{ type: "shell", inline: ["a"] }] }), [/did you mean `Shell`/]],
    ["an ISO source", resource({ source: { type: "ISO" } }), [/`ISO` is not one of the values/]],
    ["a timeout in quotes", resource({ buildTimeoutInMinutes: "100" }), [/it is the text `100`/]],
    ["a timeout of 3", resource({ buildTimeoutInMinutes: 3 }), [/so little time/]],
    [
      "the older form of a subnet",
      resource({ vmProfile: { vnetConfig: { name: "v", subnetName: "s", resourceGroupName: "r" } } }),
      [/no longer takes `name`/, /no longer takes `subnetName`/, /no longer takes `resourceGroupName`/],
    ],
    [
      "both subnets and a proxy",
      resource({ vmProfile: { vnetConfig: { containerInstanceSubnetId: subnet(), proxyVmSize: "S" } } }),
      [/only goes with `subnetId`/, /does not go with `containerInstanceSubnetId`/],
    ],
    [
      "a script and an address",
      resource({ customize: [{ type: "Shell", inline: ["a"], scriptUri: "https://h/u" }] }),
      [/both `inline` and/],
    ],
    ["neither script nor address", resource({ customize: [{ type: "Shell" }] }), [/neither `inline` nor/]],
    [
      "system without elevation",
      resource({ customize: [{ type: "PowerShell", inline: ["a"], runAsSystem: true }] }),
      [/only goes with `runElevated`/],
    ],
    [
      "equal run outputs",
      resource({ distribute: [target, { ...target, runOutputName: "OUT" }] }),
      [/another entry has this name/],
    ],
    [
      "a bad run output",
      resource({ distribute: [{ ...target, runOutputName: "a b" }] }),
      [/`a b` is not a valid name/],
    ],
    [
      "regions in both forms",
      resource({
        distribute: [
          {
            type: "SharedImage",
            runOutputName: "o",
            galleryImageId: `${group}/providers/Microsoft.Compute/galleries/g/images/d`,
            targetRegions: [{ name: "westeurope" }],
            replicationRegions: ["westeurope"],
          },
        ],
      }),
      [/does not go with `targetRegions`/],
    ],
    [
      "an ID of another type",
      resource({ distribute: [{ ...target, imageId: identity }] }),
      [/is the ID of a microsoft\.managedidentity/],
    ],
    [
      "two places for the artifact",
      resource({ customize: [{ type: "Artifact" }, { type: "Artifact" }] }),
      [/two entries of type Artifact/],
    ],
  ];
  for (const [title, content, expected] of faulty) {
    it(`refuses ${title}`, () => {
      const reading = read(content);
      const faults = faultsOf(reading);
      assert.equal(reading.template, undefined);
      assert.equal(faults.length, expected.length, faults.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(faults[index] ?? "", pattern);
    });
  }

  const badParameters: readonly (readonly [title: string, declaration: Tree, text: string, why: RegExp])[] = [
    ["of another type", { type: "int" }, "p: abc", /its value is string/],
    ["not allowed", { type: "string", allowedValues: ["a", "b"] }, "p: c", /none of the allowed ones/],
    ["too long", { type: "string", maxLength: 2 }, "p: abc", /its length is 3/],
    ["too small", { type: "int", minValue: 5 }, "p: 4", /its value is 4/],
    ["nobody declared", { type: "string", defaultValue: "a" }, "q: 1", /no parameter `q`/],
    [
      "in a key vault",
      { type: "string", defaultValue: "a" },
      '{"$schema": "x", "parameters": {"p": {"reference": {}}}}',
      /key vault/,
    ],
    ["that is no list of lines", { type: "string", defaultValue: "a" }, "- a\n- b", /not lines/],
    ["in broken JSON", { type: "string", defaultValue: "a" }, "{", /closing brace|property/],
  ];
  for (const [title, declaration, text, why] of badParameters) {
    it(`refuses a parameter's value ${title}`, () => {
      const one = resource({ source: { ...source, sku: "[string(parameters('p'))]" } });
      const { report } = read(deployment({ parameters: { p: declaration } }, one), { parameters: { text } });
      assert.match(report.faults.map((fault) => `${fault.input} ${fault.why}`).join("\n"), why);
      assert.ok(report.faults.some(({ input }) => input === "templateParameters"));
    });
  }

  it("refuses values of parameters with a file that has none", () => {
    assert.match(faultsOf(read(resource(), { parameters: { text: "a: 1" } })).join(), /has no parameters/);
  });

  it("gives line and column of broken JSON", () => {
    const [fault] = read('{\n  "location": "x",\n  "properties": { "a": <b> }\n}').report.faults;
    assert.deepEqual(fault?.place, { file: "image.json", line: 3, column: 24 });
  });

  it("gives line and column of a property that stands there twice", () => {
    const [fault] = read('{\n  "location": "x",\n  "location": "y"\n}').report.faults;
    assert.deepEqual(fault?.place, { file: "image.json", line: 3, column: 3 });
  });

  it("gives the place inside an expression, escapes of JSON counted", () => {
    const text = JSON.stringify(deployment({}, resource({ vmProfile: { vmSize: "[concat('\\\"', nope())]" } })));
    const [fault] = read(text).report.faults;
    assert.equal(text.slice((fault?.place.column ?? 0) - 1, (fault?.place.column ?? 0) + 3), "nope");
  });

  it("refuses what is nested too deeply", () => {
    assert.match(faultsOf(read(`${"[".repeat(100_000)}`)).join(), /nested too deeply/);
  });

  it("never throws, whatever the file", () => {
    const words = fc.constantFrom(
      "type",
      "properties",
      "resources",
      "source",
      "[parameters('a')]",
      "<x>",
      "parameters",
      "copy",
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        words,
        fc.constantFrom(null, 1, true),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(words, tie("node"), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(
        fc.oneof(
          tree,
          tree.map((node) => resource({ customize: node })),
          fc.string(),
        ),
        (content) => {
          const { template, report } = read(content);
          assert.equal(template === undefined, report.faults.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function twoIdentities(): Tree {
  return { type: "UserAssigned", userAssignedIdentities: { [identity]: {}, [`${identity}2`]: {} } };
}

function subnet(): string {
  return `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`;
}
