/** What was done to documents by hand, when and by whom. It is asked for when somebody opens it. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { outcomeWords } from '../data/audit-words.ts';
import type { AuditLine } from '../data/console-api.ts';
import { many, moment, NONE } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import type { Asked } from '../data/state.ts';
import { asked } from './asked.ts';
import { tableOf } from './table.ts';

export function auditView(
  audit: Asked<readonly AuditLine[]>,
  projection: string,
  hands: Hands,
): TemplateResult {
  return html`<details
    class="audit"
    @toggle=${(event: Event) => (event.target as HTMLDetailsElement).open && hands.loadAudit(projection)}
  >
    <summary>Audit trail: what was done by hand, and by whom</summary>
    ${asked(audit, (lines) =>
      lines.length === 0
        ? html`<p class="empty">Nothing was done by hand.</p>`
        : tableOf({
            label: 'Audit trail, table',
            columns: ['When', 'Act', 'Of', 'By', 'Outcome'],
            rows: lines
              .toReversed()
              .slice(0, 100)
              .map(
                ({ at, act, of, by, outcome }) =>
                  html`<tr>
                    <td>${moment(at)}</td>
                    <td>${act}</td>
                    <td class="wraps">
                      <code
                        >${of.length > 3 ? many(of.length, act === 'replay' ? 'partition' : 'document') : of.join(', ')}</code
                      >
                    </td>
                    <td>${by ?? NONE}</td>
                    <td class="wraps">${outcomeWords(outcome)}</td>
                  </tr>`,
              ),
          }),
    )}
  </details>`;
}
