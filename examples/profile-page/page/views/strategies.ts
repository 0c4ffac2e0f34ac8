/** Five ways to read what was just written, tried side by side. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { attempt } from '../attempt.ts';
import type { State, Store } from '../store.ts';
import { DESCRIBED, STRATEGIES, elapsed, lastRead, showsOwn, tryOut } from '../strategies.ts';
import type { Strategy, Trial } from '../strategies.ts';
import { exchangeView } from './exchange.ts';
import { timeline } from './timeline.ts';
import { duration } from '../words.ts';

export function strategies(state: State, store: Store): TemplateResult {
  const trial = state.trials[state.strategy];
  return html`
    <section class="card" aria-labelledby="strategies-title">
      <h2 id="strategies-title">
        Read your own write <span class="to">in five ways, yours to choose with each request</span>
      </h2>
      <p>
        Each try writes <code>preferences.readings</code> and reads at once. Stop the projector above and try
        again: then they differ.
      </p>
      <fieldset class="choices">
        <legend class="hidden">Strategy</legend>
        ${STRATEGIES.map((each) => choice(state, store, each))}
      </fieldset>
      <div class="row actions">
        <button
          class="primary"
          ?disabled=${state.isTrying}
          @click=${() => void attempt(store, 'a read of your own write', () => run(store, [state.strategy]))}
        >
          Write, then read by “${DESCRIBED[state.strategy].name}”
        </button>
        <button
          ?disabled=${state.isTrying}
          @click=${() => void attempt(store, 'reads of your own write', () => run(store, STRATEGIES))}
        >
          Try all five
        </button>
      </div>
      ${trial ? details(trial) : nothing}
    </section>
  `;
}

function choice({ strategy, trials, isTrying }: State, store: Store, each: Strategy): TemplateResult {
  const { name, text } = DESCRIBED[each];
  const trial = trials[each];
  return html`<label class="choice ${each === strategy ? 'chosen' : ''}">
    <span class="name">
      <input
        type="radio"
        name="strategy"
        value=${each}
        aria-labelledby="${each}-name"
        aria-describedby="${each}-text ${each}-result"
        .checked=${each === strategy}
        @change=${() => store.set({ strategy: each })}
      />
      <span id="${each}-name">${name}</span>
    </span>
    <span class="text" id="${each}-text">${text}</span>
    <span class="result" id="${each}-result"
      >${isTrying && each === strategy ? 'asking…' : trial ? verdict(trial) : 'not tried yet'}</span
    >
  </label>`;
}

function verdict(trial: Trial): TemplateResult {
  const stale = lastRead(trial)?.freshness['stale'];
  const [tone, text] = showsOwn(trial)
    ? ['good', 'your write is there']
    : stale === '?1'
      ? ['warn', 'old, and says so']
      : ['bad', 'old'];
  return html`<span class="tag ${tone}">${text}</span> <span class="ms">${duration(elapsed(trial))}</span>`;
}

function details(trial: Trial): TemplateResult {
  const { command, reads } = trial;
  const last = lastRead(trial);
  const looks = reads.length - 1;
  return html`
    ${timeline(trial)}
    <div class="exchanges">
      ${exchangeView('Command', command)}
      ${
        looks > 0 && last?.ask.path.endsWith('/version') === false
          ? html`<p class="looks">
              ${looks} ${looks === 1 ? 'question' : 'questions'} for the version before it
            </p>`
          : nothing
      }
      ${last ? exchangeView('Read', last) : nothing}
    </div>
  `;
}

async function run(store: Store, which: readonly Strategy[]): Promise<void> {
  store.set({ isTrying: true });
  try {
    for (const strategy of which) {
      store.set({ strategy });
      await tryOut(store, strategy);
    }
  } finally {
    store.set({ isTrying: false });
  }
}
