import { StrictMode, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { RenusChat, type ChatHandle } from "renus/react";

/** The page's own tag would say where the chat is; here its address does: `?origin=…&agent=…`. */
const place = new URLSearchParams(location.search);

function App() {
  const chat = useRef<ChatHandle>(null);
  const [isThere, setIsThere] = useState(true);
  const [theme, setTheme] = useState<"light" | "dark">("light");
  const [said, setSaid] = useState(0);
  return (
    <main>
      <h1>Invoices</h1>
      <p>
        <button onClick={() => chat.current?.open({ message: "How long does delivery take?" })}>Ask about delivery</button>
        <button onClick={() => setTheme(theme === "light" ? "dark" : "light")}>Other theme</button>
        <button onClick={() => setIsThere(!isThere)}>{isThere ? "Without chat" : "With chat"}</button>
      </p>
      <output>{said} messages so far</output>
      {isThere && (
        <RenusChat
          ref={chat}
          origin={place.get("origin") ?? ""}
          agent={place.get("agent") ?? ""}
          theme={theme}
          onMessage={() => setSaid((before) => before + 1)}
        />
      )}
    </main>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
