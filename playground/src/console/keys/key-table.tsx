import { messageOf, requestJson } from '../../api/client.ts';
import type { KeyInfo } from '../../api/types.ts';
import { hrefOf } from '../../app/router.ts';
import { count, fromNow } from '../../data/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { Badge, type Tone } from '../../ui/status-mark.tsx';
import { toast } from '../../ui/toasts.tsx';
import { Budget } from './budget.tsx';
import type { KeyTask } from './key-task.ts';
import { nameOf } from './names.ts';
import '../../ui/table.css';

interface KeyTableProps {
  readonly keys: readonly KeyInfo[];
  readonly nowMs: number;
  readonly onTask: (task: KeyTask) => void;
  readonly onChanged: () => void;
}

const tones: Readonly<Record<KeyInfo['status'], Tone>> = {
  active: 'ok',
  blocked: 'bad',
  expired: 'plain',
  replaced: 'warn',
};

export function KeyTable({ keys, nowMs, onTask, onChanged }: KeyTableProps) {
  return (
    <section class="card keys-card" aria-label="Keys">
      <table class="table keys-table">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Status</th>
            <th scope="col">Tenant</th>
            <th scope="col">Models</th>
            <th scope="col">Budget</th>
            <th scope="col">Limits</th>
            <th scope="col">
              <span class="visually-hidden">What to do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.token}>
              <th scope="row" class="keys-name">
                <a
                  class="ellipsis"
                  href={hrefOf('traffic', { key: key.key_id })}
                  title={`${nameOf(key)}: its requests`}
                >
                  {nameOf(key)}
                </a>
                {key.key_alias === null ? null : <span class="muted small mono">{key.key_name}</span>}
              </th>
              <td class="keys-status">
                <Badge
                  tone={tones[key.status]}
                  {...(key.status === 'blocked' ? { icon: 'stop' } : undefined)}
                >
                  {key.status}
                </Badge>
                {key.expires === null ? null : (
                  <span class="muted small">
                    {Date.parse(key.expires) > nowMs ? 'expires ' : ''}
                    {fromNow(key.expires, nowMs)}
                  </span>
                )}
              </td>
              <td class="keys-tenant" data-label="Tenant">
                <span class="ellipsis" title={key.tenant_id ?? undefined}>
                  {key.tenant_id ?? <span class="muted">any</span>}
                </span>
              </td>
              <td class="keys-models" data-label="Models">
                {key.models.length === 0 ? <span class="muted">all</span> : key.models.join(', ')}
              </td>
              <td class="keys-budget">
                <Budget info={key} nowMs={nowMs} />
              </td>
              <td class="keys-limits small" data-label="Limits">
                <Limits info={key} />
              </td>
              <td class="keys-menu">
                <KeyMenu info={key} onTask={onTask} onChanged={onChanged} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Limits({ info }: { readonly info: KeyInfo }) {
  const limits = [
    info.rpm_limit === null ? '' : `${count(info.rpm_limit)} requests/min`,
    info.tpm_limit === null ? '' : `${count(info.tpm_limit)} tokens/min`,
    info.daily_token_cap === null ? '' : `${count(info.daily_token_cap)} tokens/day`,
    info.max_parallel_requests === null ? '' : `${count(info.max_parallel_requests)} at once`,
  ].filter(Boolean);
  return <span class={limits.length === 0 ? 'muted' : ''}>{limits.join(', ') || 'none'}</span>;
}

function KeyMenu({
  info,
  onTask,
  onChanged,
}: Omit<KeyTableProps, 'keys' | 'nowMs'> & { readonly info: KeyInfo }) {
  const name = nameOf(info);
  const setBlocked = async (blocked: boolean, undo: boolean) => {
    try {
      await requestJson(`/key/${blocked ? 'block' : 'unblock'}`, {
        method: 'POST',
        body: { key: info.token },
      });
      toast({
        kind: 'ok',
        text: `${name} is ${blocked ? 'blocked' : 'active again'}.`,
        ...(undo ? { action: { label: 'Undo', run: () => void setBlocked(!blocked, false) } } : undefined),
      });
      onChanged();
    } catch (error) {
      toast({ kind: 'bad', text: messageOf(error) });
    }
  };
  return (
    <Menu label={`What to do with ${name}`} trigger={<Icon name="dots" />}>
      <MenuItem onSelect={() => onTask({ what: 'edit', key: info })}>Change</MenuItem>
      <MenuItem onSelect={() => void setBlocked(!info.blocked, true)}>
        {info.blocked ? 'Unblock' : 'Block'}
      </MenuItem>
      <MenuItem onSelect={() => onTask({ what: 'rotate', key: info })}>Rotate</MenuItem>
      <MenuSeparator />
      <MenuItem bad onSelect={() => onTask({ what: 'delete', key: info })}>
        Delete
      </MenuItem>
    </Menu>
  );
}
