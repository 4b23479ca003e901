/**
 * Whether a network security group lets a flow pass: the first rule by priority that the flow meets decides. Where that
 * depends on what a rule's text does not tell (service tags, application groups, parts of a range), it is not known.
 */
import { listAt, numberAt, objectAt, textAt } from "../../json.ts";
import type { Json } from "../../reads.ts";
import { overlap, parseRange, type Range } from "./cidr.ts";

/** One end of a flow. */
export type End =
  /** Somewhere in the public network of Azure, e.g. a registry. */
  | { readonly kind: "internet" }
  /** A storage account of the region. */
  | { readonly kind: "storage" }
  /** A subnet of the virtual network. */
  | { readonly kind: "subnet"; readonly prefixes: readonly string[] }
  /** Azure's load balancer, which probes from an address of its own. */
  | { readonly kind: "loadBalancer" };

/** A TCP connection to one port. */
export interface Flow {
  readonly direction: "Inbound" | "Outbound";
  readonly from: End;
  readonly to: End;
  readonly port: number;
}

/** What became of a flow. */
export type Verdict =
  | { readonly access: "allow" | "unknown" }
  | { readonly access: "deny"; readonly rule: string; readonly priority: number };

type Meets = "yes" | "no" | "maybe";

/** What the group's rules, the default ones included, do with the flow. */
export function judgeFlow(group: Json, flow: Flow): Verdict {
  let isOpen = false;
  let allowed = false;
  for (const rule of rulesOf(group)) {
    const meets = meetsRule(rule, flow);
    if (meets === "no") continue;
    const allows = textAt(rule, "properties", "access")?.toLowerCase() === "allow";
    if (meets === "maybe") {
      isOpen = true;
      allowed ||= allows;
      continue;
    }
    if (allows) return { access: isOpen ? "unknown" : "allow" };
    // A rule before it that may let the flow pass leaves this open; one that may deny it changes nothing.
    if (allowed) return { access: "unknown" };
    return {
      access: "deny",
      rule: textAt(rule, "name") ?? "",
      priority: numberAt(rule, "properties", "priority") ?? 0,
    };
  }
  return { access: "unknown" };
}

/** The lowest number counts first. */
function rulesOf(group: Json): readonly unknown[] {
  const all = [
    ...(listAt(group, "properties", "securityRules") ?? []),
    ...(listAt(group, "properties", "defaultSecurityRules") ?? []),
  ];
  const priority = (rule: unknown): number => numberAt(rule, "properties", "priority") ?? Number.MAX_SAFE_INTEGER;
  return all.sort((a, b) => priority(a) - priority(b));
}

function meetsRule(rule: unknown, { direction, from, to, port }: Flow): Meets {
  const properties = objectAt(rule, "properties");
  if (textAt(properties, "direction")?.toLowerCase() !== direction.toLowerCase()) return "no";
  const protocol = textAt(properties, "protocol")?.toLowerCase() ?? "*";
  if (protocol !== "*" && protocol !== "tcp") return "no";
  return allOf([
    anyOf(textsOf(properties, "destinationPortRange").map((range) => meetsPort(range, port))),
    textsOf(properties, "sourcePortRange").includes("*") ? "yes" : "maybe",
    meetsEnd(properties, "source", from),
    meetsEnd(properties, "destination", to),
  ]);
}

/** A field of one value, and its plural. */
function textsOf(properties: Json | undefined, field: string): readonly string[] {
  const one = textAt(properties, field);
  const more = (listAt(properties, field.endsWith("x") ? `${field}es` : `${field}s`) ?? []).map(String);
  return [...(one === undefined || one === "" ? [] : [one]), ...more];
}

function meetsPort(range: string, port: number): Meets {
  if (range === "*") return "yes";
  const [first, last = first] = range.split("-").map(Number);
  if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return "maybe";
  return first <= port && port <= last ? "yes" : "no";
}

function meetsEnd(properties: Json | undefined, side: "source" | "destination", end: End): Meets {
  if ((listAt(properties, `${side}ApplicationSecurityGroups`) ?? []).length > 0) {
    return end.kind === "subnet" ? "maybe" : "no";
  }
  return anyOf(textsOf(properties, `${side}AddressPrefix`).map((prefix) => meetsPrefix(prefix, end)));
}

function meetsPrefix(prefix: string, end: End): Meets {
  const range = parseRange(prefix);
  if (prefix === "*" || (range !== undefined && range.first === 0 && range.last === 2 ** 32 - 1)) return "yes";
  switch (end.kind) {
    case "loadBalancer":
      if (/^azureloadbalancer$/i.test(prefix)) return "yes";
      return range !== undefined && overlap(range, loadBalancer) === "all" ? "yes" : "no";
    case "internet":
    case "storage":
      return meetsPublic(prefix, range, end.kind);
    case "subnet":
      return meetsSubnet(prefix, range, end.prefixes);
  }
}

/** 168.63.129.16, the address that Azure's probes come from. */
const loadBalancer: Range = { first: 0xa83f8110, last: 0xa83f8110 };

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

function meetsPublic(prefix: string, range: Range | undefined, kind: "internet" | "storage"): Meets {
  if (/^internet$/i.test(prefix)) return "yes";
  if (/^(?:virtualnetwork|azureloadbalancer)$/i.test(prefix)) return "no";
  if (kind === "storage" && /^(?:storage(?:\.|$)|azurecloud$)/i.test(prefix)) return "yes";
  if (range === undefined) return "maybe";
  const isPrivate = privateRanges.some((text) => {
    const known = parseRange(text);
    return known !== undefined && overlap(known, range) === "all";
  });
  return isPrivate ? "no" : "maybe";
}

function meetsSubnet(prefix: string, range: Range | undefined, prefixes: readonly string[]): Meets {
  if (/^virtualnetwork$/i.test(prefix)) return "yes";
  if (range === undefined) return "no";
  const parts = prefixes.map((text) => {
    const part = parseRange(text);
    return part === undefined ? "maybe" : { all: "yes", some: "maybe", none: "no" }[overlap(range, part)];
  }) as readonly Meets[];
  if (parts.length === 0) return "maybe";
  if (parts.every((part) => part === "yes")) return "yes";
  return parts.every((part) => part === "no") ? "no" : "maybe";
}

function anyOf(parts: readonly Meets[]): Meets {
  if (parts.includes("yes")) return "yes";
  return parts.includes("maybe") ? "maybe" : "no";
}

function allOf(parts: readonly Meets[]): Meets {
  if (parts.includes("no")) return "no";
  return parts.includes("maybe") ? "maybe" : "yes";
}
