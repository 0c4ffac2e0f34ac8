/** When what happened, from the command on; drawn to scale. */
import { html, svg } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { lastRead } from '../strategies.ts';
import type { Trial } from '../strategies.ts';
import { duration } from '../words.ts';

interface Lane {
  readonly label: string;
  readonly kind: string;
  readonly spans: ReadonlyArray<readonly [from: number, to: number]>;
  readonly text: string;
}

/** Of the picture's width; no bar is thinner. */
const THINNEST = 0.6;

export function timeline(trial: Trial): TemplateResult {
  const { command, reads, seenLiveAt } = trial;
  const since = command.sentAt;
  const lanes: readonly Lane[] = [
    {
      label: 'Command',
      kind: 'command',
      spans: [[command.sentAt, command.answeredAt]],
      text: `acknowledged after ${duration(command.answeredAt - since)}`,
    },
    {
      label: reads.length > 1 ? 'Reads' : 'Read',
      kind: 'reading',
      spans: reads.map(({ sentAt, answeredAt }) => [sentAt, answeredAt]),
      text: `answered after ${duration((lastRead(trial)?.answeredAt ?? since) - since)}`,
    },
    {
      label: 'Live stream',
      kind: 'live',
      spans: seenLiveAt === null ? [] : [[seenLiveAt, seenLiveAt]],
      text: seenLiveAt === null ? 'has not shown it yet' : `showed it after ${duration(seenLiveAt - since)}`,
    },
  ];
  const until = Math.max(...lanes.flatMap(({ spans }) => spans.flat()));
  const place = (at: number): number => (until === since ? 0 : (100 * (at - since)) / (until - since));
  return html`<div class="timeline">
    ${lanes.map(
      ({ label, kind, spans, text }) => html`
        <span class="lane">${label}</span>
        <svg class=${kind} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          ${spans.map(([from, to]) => {
            const x = Math.min(place(from), 100 - THINNEST);
            return svg`<rect x=${x} y="1" height="6" width=${Math.max(place(to) - place(from), THINNEST)} rx="0.3"></rect>`;
          })}
        </svg>
        <span class="text">${text}</span>
      `,
    )}
  </div>`;
}
