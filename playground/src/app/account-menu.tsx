import { messageOf } from '../api/client.ts';
import type { Session } from '../api/session.ts';
import { signOut } from '../api/session-requests.ts';
import { Icon } from '../ui/icon.tsx';
import { Menu, MenuItem, MenuNote, MenuSeparator } from '../ui/menu.tsx';
import { toast } from '../ui/toasts.tsx';
import { helpOpen } from './shortcuts.ts';

export function AccountMenu({ session }: { readonly session: Session }) {
  return (
    <Menu label="Gateway" trigger={<Icon name="dots" />}>
      <MenuNote>
        Sluice {session.version}
        <br />
        {session.policy_version === null ? 'no policies' : `policies ${session.policy_version.slice(0, 12)}`}
        <br />
        {session.open ? 'open: no master key is set' : 'signed in with the master key'}
      </MenuNote>
      <MenuSeparator />
      <MenuItem onSelect={() => (helpOpen.value = true)}>Keyboard</MenuItem>
      {session.open ? null : (
        <MenuItem
          onSelect={() => {
            signOut().catch((error: unknown) => toast({ kind: 'bad', text: messageOf(error) }));
          }}
        >
          Sign out
        </MenuItem>
      )}
    </Menu>
  );
}
