extension RunReport {
    /// Light and dark, as the reader's system has it.
    static let style: HTML = """
        :root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e0e3e8; --page: #f6f7f9;
          --card: #fff; --c0: #2563eb; --c1: #dc6803; --c2: #15803d; --right: #15803d; --wrong: #c62828; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa0a9; --line: #353a42;
          --page: #15181c; --card: #1e2228; --c0: #6ea8fe; --c1: #ffa94d; --c2: #69db7c; --right: #69db7c;
          --wrong: #ff8787; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
        h2 { font-size: 17px; margin: 36px 0 12px; }
        p { margin: 0; color: var(--soft); }
        .tiles, .charts, .gallery { display: grid; gap: 14px; }
        .tiles { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin-top: 20px; }
        .charts { grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); }
        .gallery { grid-template-columns: repeat(auto-fill, minmax(116px, 1fr)); }
        .tiles div, figure, .card { background: var(--card); border: 1px solid var(--line);
          border-radius: 8px; margin: 0; }
        .tiles div { padding: 12px 16px; }
        .tiles span { display: block; color: var(--soft); font-size: 13px; }
        .tiles b { font-size: 22px; font-weight: 600; }
        .chart { padding: 12px 14px 8px; }
        figcaption { font-weight: 600; font-size: 14px; overflow-wrap: anywhere; }
        .chart figcaption span { font-weight: 400; margin-left: 14px; }
        .chart figcaption span::before { content: ""; display: inline-block; width: 14px; height: 3px;
          border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
        svg { display: block; width: 100%; margin-top: 6px; }
        svg text { fill: var(--soft); font-size: 12px; }
        .end { text-anchor: end; } .middle { text-anchor: middle; }
        .grid { stroke: var(--line); fill: none; }
        .c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); }
        g path { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
        circle { fill: currentColor; }
        .gallery figure { padding: 8px; }
        .gallery img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
          image-rendering: pixelated; border-radius: 4px; background: var(--page); }
        .gallery figcaption { font-size: 12px; font-weight: 400; line-height: 1.35; margin-top: 6px;
          color: var(--soft); }
        .texts { grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); }
        .texts blockquote { margin: 0; font-size: 14px; overflow-wrap: anywhere; white-space: pre-wrap;
          max-height: 16em; overflow-y: auto; }
        .gallery span { color: var(--ink); }
        .gallery .right { color: var(--right); } .gallery .wrong { color: var(--wrong); }
        .picture { padding: 14px; margin-bottom: 14px; overflow-x: auto; }
        .picture img { display: block; max-width: 100%; margin-top: 8px; border-radius: 4px; }
        .card { padding: 4px 16px; overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { text-align: left; padding: 5px 16px 5px 0; border-top: 1px solid var(--line);
          overflow-wrap: anywhere; }
        tr:first-child > * { border-top: 0; }
        th { font-weight: 600; } td:first-child { white-space: nowrap; }
        td:nth-child(3) { color: var(--soft); }
        .numbers td, .numbers th { text-align: right; color: inherit; }
        .numbers :first-child { text-align: left; }
        pre { margin: 8px 0; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
        details > summary { cursor: pointer; padding: 8px 0; }
        """
}
