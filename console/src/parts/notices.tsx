import { dismiss, notices } from '../state/notices.ts'
import { Text } from './text.tsx'

/** What was just done, and what was not, said also to those who do not see it. */
export function Notices() {
  return (
    <section aria-label="What was just done">
      <div class="notices" role="log">
        {notices.value.map(({ id, tone, text, again }) => (
          <p key={id} class={`notice ${tone}`}>
            <Text>{text}</Text>
            {again ? (
              <button
                type="button"
                onClick={() => {
                  dismiss(id)
                  again()
                }}
              >
                Ask again
              </button>
            ) : null}
            <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
              ✕
            </button>
          </p>
        ))}
      </div>
    </section>
  )
}
