import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Notices } from './notices.tsx'

interface Props {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly class?: string
}

/**
 * The browser's own modal: it keeps the focus, closes on Escape, and gives the focus back. All else is out of reach and in
 * its shade meanwhile, so that what is told stands inside of it.
 */
export function Dialog({ title, onClose, children, class: kind = '' }: Props) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = box.current
    const before = document.activeElement
    element?.showModal()
    // the browser gives the focus to what comes first, which is what closes it
    element?.querySelector<HTMLElement>('[data-focused]')?.focus()
    return () => {
      element?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={box}
      class={kind}
      aria-label={title}
      onCancel={(event) => {
        // it closes by being drawn no more: what the browser closes itself, it tells of only later
        event.preventDefault()
        onClose()
      }}
      onClose={({ currentTarget }) => {
        // the end of one that is gone is told of, too, and must not close the next of its kind
        if (currentTarget.isConnected) onClose()
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      <div class="dialog-body">{children}</div>
      <Notices inDialog />
    </dialog>
  )
}
