import type { RebuildStage } from '../../services/shared/rebuild-control.ts';

/** What a rebuild does in each stage, as a person is told. */
export const STAGE_TEXTS: Readonly<Record<RebuildStage, string>> = {
  stream: 'making sure that the stream runs',
  copy: 'copying from the source',
  index: 'building indexes',
  follow: 'catching up with the stream',
  verify: 'comparing with SQL',
  keep: 'keeping the documents that will be replaced',
  swap: 'swapping the documents in',
};

/** What is counted in it. */
export function unitOf(stage: RebuildStage): string {
  return stage === 'follow' ? 'changes' : 'documents';
}
