/** Where the system is said to be. Pure. */
import { checksOf } from './check.ts';
import type { Check } from './check.ts';

export interface Variable {
  readonly name: string;
  /** As the environment has it. */
  readonly value: string | undefined;
  /** Of the local system, which counts where the environment has none. */
  readonly local: string | undefined;
  readonly pattern: string;
  readonly example: string;
  readonly required: boolean;
}

export function judgeConfiguration(variables: readonly Variable[], runsLocally: boolean): readonly Check[] {
  const { ok, warning, broken } = checksOf('configuration');
  return variables.flatMap(({ name, value, local, pattern, example, required }): readonly Check[] => {
    const code = name.toLowerCase().replaceAll('_', '-');
    const used = value ?? local;
    if (used === undefined)
      return required
        ? [
            broken(
              code,
              `${name} is not set, and no local system runs`,
              `npm start, or set ${name}, as ${example}`,
            ),
          ]
        : [];
    if (value !== undefined && !new RegExp(pattern).test(value))
      return [broken(code, `${name} is ${withoutPassword(value)}`, `set it as ${example}`)];
    const where = `${name} is ${withoutPassword(used)}`;
    if (value !== undefined && runsLocally && local !== undefined && value !== local)
      return [
        warning(
          code,
          `${where} by the environment, while a local system runs: verbs speak to a mixture of both`,
          `unset ${name}, or end the local system`,
        ),
      ];
    return [ok(code, value === undefined ? `${where} (the local system)` : where)];
  });
}

/** Whoever sends us what doctor says must not send passwords. */
export function withoutPassword(address: string): string {
  return address.replaceAll(/(\/\/[^/@:]*):[^/@]*@/g, '$1:…@');
}
