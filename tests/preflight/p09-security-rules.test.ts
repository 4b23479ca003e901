import assert from "node:assert/strict";
import { overlap, parseRange } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p09/cidr.ts";
import { type Flow, judgeFlow } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p09/security-rules.ts";

interface RuleParts {
  readonly name?: string;
  readonly access?: "Allow" | "Deny";
  readonly priority?: number;
  readonly [field: string]: unknown;
}

/** A rule for everything that leaves, but for what `parts` say. */
function rule({ name = "rule", access = "Deny", priority = 200, ...rest }: RuleParts): object {
  const any = {
    sourcePortRange: "*",
    destinationPortRange: "*",
    sourceAddressPrefix: "*",
    destinationAddressPrefix: "*",
  };
  return { name, properties: { protocol: "*", direction: "Outbound", ...any, access, priority, ...rest } };
}

const defaults = [
  rule({
    name: "AllowVnetOutBound",
    access: "Allow",
    priority: 65000,
    sourceAddressPrefix: "VirtualNetwork",
    destinationAddressPrefix: "VirtualNetwork",
  }),
  rule({ name: "AllowInternetOutBound", access: "Allow", priority: 65001, destinationAddressPrefix: "Internet" }),
  rule({ name: "DenyAllOutBound", priority: 65500 }),
];
const group = (...securityRules: readonly object[]): Readonly<Record<string, unknown>> => ({
  properties: { securityRules, defaultSecurityRules: defaults },
});

const subnet = { kind: "subnet", prefixes: ["10.1.2.0/24"] } as const;
const toInternet: Flow = { direction: "Outbound", from: subnet, to: { kind: "internet" }, port: 443 };
const toStorage: Flow = { ...toInternet, to: { kind: "storage" }, port: 445 };
const toSubnet: Flow = { ...toInternet, to: { kind: "subnet", prefixes: ["10.1.3.0/24"] }, port: 22 };

describe("the rules of a network security group", () => {
  const cases: readonly (readonly [title: string, rules: readonly object[], flow: Flow, access: string])[] = [
    ["end with the default ones", [], toInternet, "allow"],
    ["deny all by a star", [rule({})], toInternet, "deny"],
    ["deny by the Internet's tag", [rule({ destinationAddressPrefix: "Internet" })], toInternet, "deny"],
    ["deny by 0.0.0.0/0", [rule({ destinationAddressPrefix: "0.0.0.0/0" })], toInternet, "deny"],
    ["count by priority", [rule({ priority: 300 }), rule({ access: "Allow", priority: 100 })], toInternet, "allow"],
    ["do not matter for another protocol", [rule({ protocol: "Udp" })], toInternet, "allow"],
    ["do not matter for another direction", [rule({ direction: "Inbound" })], toInternet, "allow"],
    ["do not matter for another port", [rule({ destinationPortRange: "80" })], toInternet, "allow"],
    ["may name ranges of ports", [rule({ destinationPortRange: "400-500" })], toInternet, "deny"],
    [
      "may name several ports",
      [rule({ destinationPortRange: undefined, destinationPortRanges: ["80", "443"] })],
      toInternet,
      "deny",
    ],
    [
      "are unclear where a port of origin is named",
      [rule({ access: "Allow", sourcePortRange: "5000", priority: 100 }), rule({})],
      toInternet,
      "unknown",
    ],
    [
      "are unclear behind a tag that may be meant",
      [rule({ access: "Allow", destinationAddressPrefix: "AzureFrontDoor", priority: 100 }), rule({})],
      toInternet,
      "unknown",
    ],
    [
      "are clear behind a denial of what may be meant",
      [rule({ destinationAddressPrefix: "AzureFrontDoor", priority: 100 }), rule({})],
      toInternet,
      "deny",
    ],
    [
      "are unclear where the denial itself may not be meant",
      [rule({ destinationAddressPrefix: "20.0.0.0/8" })],
      toInternet,
      "unknown",
    ],
    [
      "leave the Internet alone for private ranges",
      [rule({ destinationAddressPrefix: "10.0.0.0/8" })],
      toInternet,
      "allow",
    ],
    [
      "leave the Internet alone for the network's tag",
      [rule({ destinationAddressPrefix: "VirtualNetwork" })],
      toInternet,
      "allow",
    ],
    ["know storage by its tag", [rule({ destinationAddressPrefix: "Storage.WestEurope" })], toStorage, "deny"],
    [
      "let storage pass by the Internet's tag",
      [rule({ access: "Allow", destinationAddressPrefix: "Internet", priority: 100 }), rule({})],
      toStorage,
      "allow",
    ],
    ["know subnets by a range around them", [rule({ destinationAddressPrefix: "10.1.0.0/16" })], toSubnet, "deny"],
    ["know subnets by the network's tag", [rule({ destinationAddressPrefix: "VirtualNetwork" })], toSubnet, "deny"],
    ["are unclear for a part of a subnet", [rule({ destinationAddressPrefix: "10.1.3.128/25" })], toSubnet, "unknown"],
    ["leave other subnets alone", [rule({ destinationAddressPrefix: "10.1.4.0/24" })], toSubnet, "allow"],
    [
      "are unclear for application groups",
      [rule({ destinationAddressPrefix: undefined, destinationApplicationSecurityGroups: [{ id: "/a" }] })],
      toSubnet,
      "unknown",
    ],
    [
      "take lists of ranges",
      [rule({ destinationAddressPrefix: undefined, destinationAddressPrefixes: ["10.9.0.0/16", "10.1.3.0/24"] })],
      toSubnet,
      "deny",
    ],
  ];
  for (const [title, rules, flow, access] of cases) {
    it(title, () => assert.equal(judgeFlow(group(...rules), flow).access, access));
  }

  it("tell which of them denies", () => {
    const verdict = judgeFlow(group(rule({ name: "Closed", priority: 150 })), toInternet);
    assert.deepEqual(verdict, { access: "deny", rule: "Closed", priority: 150 });
  });

  it("say nothing without any rule", () => {
    assert.deepEqual(judgeFlow({}, toInternet), { access: "unknown" });
  });
});

describe("ranges of addresses", () => {
  const range = (text: string): { readonly first: number; readonly last: number } => {
    const found = parseRange(text);
    assert.ok(found, text);
    return found;
  };
  const cases = [
    ["10.0.0.0/8", "10.1.2.0/24", "all"],
    ["10.1.2.0/24", "10.0.0.0/8", "some"],
    ["10.1.2.0/24", "10.1.3.0/24", "none"],
    ["10.1.2.77/24", "10.1.2.0/24", "all"],
    ["0.0.0.0/0", "255.255.255.255", "all"],
  ] as const;
  for (const [outer, inner, expected] of cases) {
    it(`${outer} has ${expected} of ${inner}`, () => assert.equal(overlap(range(outer), range(inner)), expected));
  }

  for (const text of ["Internet", "10.0.0.0/33", "256.0.0.1", "fd00::/8", ""]) {
    it(`are not read out of '${text}'`, () => assert.equal(parseRange(text), undefined));
  }
});
