import { closeOverlay } from '../state/keys.ts'
import { set, settings, themes } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'
import { OwnSignIn } from './own-sign-in.tsx'
import { SecondFactor } from './second-factor.tsx'

const LABELS = { system: 'As the system', light: 'Light', dark: 'Dark', contrast: 'High contrast' } as const

/** What this browser prefers. */
export function Settings() {
  const { theme, keys, sound, notify } = settings.value
  return (
    <Dialog title="Settings" onClose={() => closeOverlay('settings')}>
      <fieldset class="choices">
        <legend>Theme</legend>
        {themes.map((one) => (
          <label key={one} class="check">
            <span>{LABELS[one]}</span>
            <input type="radio" name="theme" checked={theme === one} onChange={() => set({ theme: one })} />
          </label>
        ))}
      </fieldset>
      <label class="check">
        <span>Single-letter keys</span>
        <input
          type="checkbox"
          checked={keys}
          onChange={({ currentTarget }) => set({ keys: currentTarget.checked })}
        />
      </label>
      <label class="check">
        <span>A sound when something new waits for you</span>
        <input
          type="checkbox"
          checked={sound}
          onChange={({ currentTarget }) => set({ sound: currentTarget.checked })}
        />
      </label>
      <label class="check">
        <span>Notifications of this system while the page is in the background</span>
        <input
          type="checkbox"
          checked={notify}
          onChange={async ({ currentTarget }) => {
            const wanted = currentTarget.checked
            set({ notify: wanted && (await Notification.requestPermission()) === 'granted' })
          }}
        />
      </label>
      <SecondFactor />
      <OwnSignIn />
    </Dialog>
  )
}
