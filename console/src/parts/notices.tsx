import { overlay } from '../state/keys.ts'
import { dismiss, notices } from '../state/notices.ts'
import { Text } from './text.tsx'

/**
 * What was just done, and what was not, said also to those who do not see it. In the flow of the page, above the decisions
 * and below what is read: it takes its room from what scrolls, so that it covers nothing and moves nothing that is pressed.
 * `inDialog`: what lies behind a modal is neither seen nor heard, so that while one is open it stands there alone.
 */
export function Notices({ inDialog = false }: { readonly inDialog?: boolean }) {
  if ((overlay.value !== undefined) !== inDialog) return null
  return (
    <section class="notices" aria-label="What was just done">
      <div role="log">
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
