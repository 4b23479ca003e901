/** The order stages and jobs run in. */
import type { Place, YamlReader } from "./reader.ts";

interface Node {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** The nodes so that each comes after those it depends on, otherwise in the file's order. */
export function inOrder<T extends Node>(reader: YamlReader, place: Place, nodes: readonly T[]): readonly T[] {
  const ordered: T[] = [];
  const names = nodes.map(({ name }) => name.toLowerCase());
  const twice = nodes.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
  if (twice !== undefined) reader.problem(place, `The name "${twice.name}" is used twice.`);
  for (const { name, dependsOn } of nodes) {
    const unknown = dependsOn.filter((other) => !names.includes(other.toLowerCase()));
    for (const other of unknown) reader.problem(place, `"${name}" depends on "${other}", which is not there.`);
  }
  if (reader.problems.length > 0) return nodes;
  const waiting = [...nodes];
  const isReady = (node: T): boolean =>
    node.dependsOn.every((other) => ordered.some(({ name }) => name.toLowerCase() === other.toLowerCase()));
  while (waiting.length > 0) {
    const index = waiting.findIndex(isReady);
    if (index < 0) {
      reader.problem(place, `These depend on each other in a circle: ${waiting.map(({ name }) => name).join(", ")}.`);
      return nodes;
    }
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered;
}
