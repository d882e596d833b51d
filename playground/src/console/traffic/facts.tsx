import type { ComponentChildren } from 'preact';
import type { Trace } from '../../../../sdk/trace.ts';
import { totalInputTokens } from '../../../../sdk/usage.ts';
import { hrefOf } from '../../app/router.ts';
import { count, dayAndTime, duration, money } from '../../data/format.ts';

/** Who asked for what, and what it took. Names lead to all requests that share them. */
export function Facts({ trace }: { readonly trace: Trace }) {
  const { usage, plan } = trace;
  const at = new Date(trace.startedAtMs).toISOString();
  return (
    <dl class="facts">
      <Fact label="When">{dayAndTime(at)}</Fact>
      <Fact label="Asked for">
        <a href={hrefOf('traffic', { model: trace.alias })}>{trace.alias}</a> at <code>{trace.api}</code>
        {trace.stream ? ', streamed' : ''}
      </Fact>
      <Fact label="Tenant">
        <a href={hrefOf('traffic', { tenant: trace.tenant })}>{trace.tenant}</a>
        {trace.feature === null ? null : (
          <>
            , feature <a href={hrefOf('traffic', { feature: trace.feature })}>{trace.feature}</a>
          </>
        )}
      </Fact>
      <Fact label="Key">
        <a href={hrefOf('traffic', { key: trace.key })}>{trace.key}</a>
      </Fact>
      {trace.source === null ? null : <Fact label="Answered from">{trace.source}</Fact>}
      {usage === null ? null : (
        <Fact label="Tokens">
          {count(totalInputTokens(usage))} in
          {usage.cacheReadTokens > 0 ? ` (${count(usage.cacheReadTokens)} from the provider's cache)` : ''},{' '}
          {count(usage.outputTokens)} out{usage.estimated ? ', estimated' : ''}
        </Fact>
      )}
      <Fact label="Cost">
        {trace.costNanoUsd === null ? 'nobody knows the price' : money(trace.costNanoUsd)}
      </Fact>
      <Fact label="Took">
        {duration(trace.durationMs)}, of it {duration(trace.overheadMs)} in the gateway
      </Fact>
      {plan === null || plan.constraints.length === 0 ? null : (
        <Fact label="Constraints">{plan.constraints.join('; ')}</Fact>
      )}
      {trace.dropped.length === 0 ? null : <Fact label="Dropped">{trace.dropped.join(', ')}</Fact>}
      {Object.keys(trace.tags).length === 0 ? null : (
        <Fact label="Tags">
          {Object.entries(trace.tags)
            .map(([name, value]) => `${name}: ${value}`)
            .join(', ')}
        </Fact>
      )}
      <Fact label="Policies">
        <code>{trace.policyVersion.slice(0, 12)}</code>
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
