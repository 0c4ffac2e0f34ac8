/** Which requests are recorded: a part of those that begin a trace, what belongs to a recorded one, and whatever links to one. */
import { TraceFlags } from '@opentelemetry/api';
import { ParentBasedSampler, SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';

export function ratioOrLinked(ratio: number): Sampler {
  const otherwise = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const isLinked = links.some(({ context: { traceFlags } }) => (traceFlags & TraceFlags.SAMPLED) !== 0);
      if (isLinked) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      return otherwise.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `RatioOrLinked{${otherwise.toString()}}`,
  };
}
