/**
 * What heals or changes something and can be asked for by a button: each is one run of the `readside` command, which the console starts.
 * Types alone: pages for the browser read them too.
 */

export type Act =
  | {
      readonly act: 'rebuild';
      readonly params: {
        readonly projection: string;
        /** As the command takes it: 30m, 1h, 2d. */
        readonly keepOld?: string;
      };
    }
  | { readonly act: ProjectionAct; readonly params: { readonly projection: string } }
  | {
      readonly act: 'verify';
      readonly params: { readonly projection: string; readonly all?: boolean; readonly repair?: boolean };
    }
  | { readonly act: 'repair'; readonly params: { readonly projection: string; readonly id: string } }
  | { readonly act: ConnectorAct; readonly params: { readonly stream: string } }
  | {
      readonly act: 'dlq-retry';
      /** One of the two: this document, or every one. */
      readonly params: { readonly projection: string; readonly user?: string; readonly all?: boolean };
    }
  | {
      readonly act: 'dlq-discard';
      /** The change at `partition:offset`, as it was looked at: a document's first may be another by then. */
      readonly params: { readonly projection: string; readonly letter: string };
    }
  | { readonly act: 'register'; readonly params: Readonly<Record<string, never>> };

/** Acts that need to know a read model and nothing more. */
export type ProjectionAct =
  | 'rebuild-abort'
  | 'rollback'
  | 'projection-start'
  | 'projection-stop'
  | 'projection-pause'
  | 'projection-resume';

export type ConnectorAct = 'connector-restart' | 'connector-pause' | 'connector-resume';

export type ActName = Act['act'];
