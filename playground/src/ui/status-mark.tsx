import { Icon, type IconName } from './icon.tsx';

export type Tone = 'ok' | 'warn' | 'bad' | 'plain';

const icons: Readonly<Record<Tone, IconName | null>> = {
  ok: 'check',
  warn: 'half',
  bad: 'cross',
  plain: null,
};

interface BadgeProps {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly title?: string | undefined;
  readonly children: preact.ComponentChildren;
}

/** A state in a word; colour and sign only underline it. */
export function Badge({ tone, icon, title, children }: BadgeProps) {
  const name = icon ?? icons[tone];
  return (
    <span class={`badge badge-${tone}`} title={title}>
      {name === null ? null : <Icon name={name} />}
      <span class="ellipsis">{children}</span>
    </span>
  );
}

/** The sign of a state of a breaker, a target or a provider. */
export function toneOfState(state: string): Tone {
  switch (state) {
    case 'closed':
    case 'ok':
    case 'healthy':
    case 'up':
      return 'ok';
    case 'half-open':
    case 'half_open':
    case 'resting':
    case 'degraded':
    case 'at-capacity':
      return 'warn';
    case 'open':
    case 'down':
    case 'failing':
    case 'unhealthy':
      return 'bad';
    default:
      return 'plain';
  }
}
