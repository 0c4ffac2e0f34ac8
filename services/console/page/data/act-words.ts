/** Each act as the command that it is, and in words before it is done. Pure. */
import type { Act, ActName } from '../../../shared/acts.ts';
import type { Job } from '../../../shared/job.ts';

export interface ActWords {
  readonly button: string;
  readonly title: string;
  /** What it will do. */
  readonly does: string;
  /** Something that is not got back by another act. */
  readonly loses?: string;
}

/** What a terminal would run, as it can be pasted into one. */
export function commandOf(act: Act): string {
  return ['readside', ...argumentsOf(act).map(quoted)].join(' ');
}

/** For a POSIX shell. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** An id is any text: joined to its option or behind `--` it is no option itself. */
function argumentsOf({ act, params }: Act): readonly string[] {
  switch (act) {
    case 'rebuild':
      return ['rebuild', params.projection, ...(params.keepOld ? ['--keep-old', params.keepOld] : [])];
    case 'rebuild-abort':
      return ['rebuild', params.projection, '--abort'];
    case 'rollback':
      return ['rollback', params.projection];
    case 'verify':
      return [
        'verify',
        params.projection,
        ...(params.all === true ? ['--all'] : []),
        ...(params.repair === true ? ['--repair'] : []),
      ];
    case 'repair':
      return ['repair', '--projection', params.projection, '--', params.id];
    case 'connector-restart':
    case 'connector-pause':
    case 'connector-resume':
      return ['connectors', act.slice('connector-'.length), params.stream];
    case 'projection-start':
    case 'projection-stop':
    case 'projection-pause':
    case 'projection-resume':
      return ['projections', act.slice('projection-'.length), params.projection];
    case 'dlq-retry':
      return [
        'dlq',
        'retry',
        '--projection',
        params.projection,
        ...(params.user === undefined ? ['--all'] : [`--user=${params.user}`]),
      ];
    case 'dlq-discard':
      return ['dlq', 'discard', '--projection', params.projection, '--letter', params.letter, '--yes'];
    case 'register':
      return ['register'];
  }
}

const WORDS: Readonly<Record<ActName, Omit<ActWords, 'title'>>> = {
  rebuild: {
    button: 'Rebuild',
    does: 'Makes all documents anew from Postgres beside the live ones, compares them with SQL, and swaps them in. Readers and writers go on; lag grows by some seconds at the swap. It can be interrupted and goes on later where it was.',
  },
  'rebuild-abort': {
    button: 'Remove what is left',
    does: 'Removes what an unfinished rebuild has copied so far. The live documents stay as they are.',
    loses: 'The copy begins anew at the next rebuild.',
  },
  rollback: {
    button: 'Roll back',
    does: 'Puts the documents back that the last rebuild has replaced. They were fed all the while, so no reader sees a document go back. Projectors stand aside for less than a second.',
    loses: 'The documents that are live now are gone afterwards: it can be done once.',
  },
  verify: {
    button: 'Verify',
    does: 'Compares a sample of 1000 documents of either side with what SQL says, while everything goes on. Nothing is changed.',
  },
  repair: {
    button: 'Repair',
    does: 'Makes this document anew from what Postgres says now. Changes of it in quarantine are no longer owed.',
  },
  'connector-restart': {
    button: 'Restart connector',
    does: 'Restarts the connector and its failed tasks in Kafka Connect. It goes on where it stopped.',
  },
  'connector-pause': {
    button: 'Pause',
    does: 'Pauses the connector. Changes wait in Postgres, whose slot keeps WAL for them, until it is resumed. Documents grow old meanwhile.',
  },
  'connector-resume': {
    button: 'Resume connector',
    does: 'Resumes the connector. It goes on where it stopped.',
  },
  'projection-start': {
    button: 'Start projector',
    does: 'Starts the projector of this read model in the local system. It goes on where it stopped.',
  },
  'projection-stop': {
    button: 'Stop',
    does: 'Stops the projector of this read model in the local system, until it is started again. Changes wait in Kafka; documents grow old meanwhile.',
  },
  'projection-pause': {
    button: 'Pause',
    does: 'Has all projectors of this read model stand aside, over restarts too, until it is resumed. Changes wait in Kafka; documents grow old meanwhile.',
  },
  'projection-resume': {
    button: 'Resume projection',
    does: 'Has the projectors of this read model go on where they stopped.',
  },
  'dlq-retry': {
    button: 'Retry',
    does: 'Applies the changes that were put aside, in order, with the code that is there now. What still fails stays in quarantine.',
  },
  'dlq-discard': {
    button: 'Discard',
    does: 'Passes over the first change that was put aside, and applies those after it.',
    loses: 'What that change would have done is in no document, unless a later change or a repair brings it.',
  },
  register: {
    button: 'Register connectors',
    does: 'Makes topics that are missing and registers the connectors, which go on where they stopped.',
  },
};

export function wordsOfAct(act: Act): ActWords {
  const words = WORDS[act.act];
  if (act.act === 'verify' && act.params.repair === true)
    return {
      ...words,
      button: 'Verify and repair',
      title: `Verify and repair ${act.params.projection}`,
      does: 'Compares documents with what SQL says, and makes anew from Postgres what is wrong.',
    };
  if (act.act === 'dlq-retry' && act.params.user === undefined)
    return { ...words, button: 'Retry all', title: `Retry all of ${act.params.projection}` };
  return { ...words, title: titleOf(act, words.button) };
}

function titleOf({ params }: Act, button: string): string {
  if ('user' in params && params.user !== undefined) return `${button} ${params.user}`;
  if ('letter' in params && params.letter !== undefined) return `${button} the change at ${params.letter}`;
  if ('id' in params) return `${button} ${params.id}`;
  if ('projection' in params) return `${button} ${params.projection}`;
  if ('stream' in params) return `${button} ${params.stream}`;
  return button;
}

/** A job's act and parameters belong together: it was begun from one. */
export function actOf({ act, params }: Job): Act {
  return { act, params } as Act;
}

const TARGETS = ['projection', 'stream', 'user', 'letter', 'id'];

/** The same act on the same thing: the options of how do not count. */
export function isSameAct(a: Act, b: Act): boolean {
  const target = ({ params }: Act): string => {
    const named: Readonly<Record<string, string | boolean | undefined>> = { ...params };
    return JSON.stringify(TARGETS.map((name) => named[name]));
  };
  return a.act === b.act && target(a) === target(b);
}
