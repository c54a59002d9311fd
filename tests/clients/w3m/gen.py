#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# writes a large deterministic HTML page (nested tables, lists, forms, links, entities) to stdout
import random
random.seed(12345)
W="lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".split()
def text(n): return ' '.join(random.choice(W) for _ in range(n))
o=['<html><head><title>GC test page</title><meta charset="utf-8"></head><body><h1>GC test</h1>']
for s in range(150):
    o.append(f'<h2><a name="s{s}">Section {s}</a></h2><p>{text(200)} <b>{text(5)}</b> <i>{text(5)}</i> &lt;&amp;&eacute;&mdash;</p>')
    o.append('<table border=1>')
    for r in range(40):
        o.append('<tr>'+''.join(f'<td>{text(random.randint(1,4))} <a href="#s{(s+c)%150}">{r}.{c}</a></td>' for c in range(6))+'</tr>')
    o.append('</table><ul>'+''.join(f'<li>{text(12)}<ol>'+''.join(f'<li>{text(4)}</li>' for _ in range(4))+'</ol></li>' for _ in range(30))+'</ul>')
    o.append('<form action="x"><select name=a>'+''.join(f'<option>{text(2)}</option>' for _ in range(20))+'</select><input type=text value="v"><textarea rows=3 cols=40>'+text(30)+'</textarea></form><pre>'+'\n'.join(text(8) for _ in range(40))+'</pre><hr>')
    o.append('<table><tr><td><table border=1>'+''.join('<tr>'+''.join(f'<td>{text(2)}</td>' for _ in range(4))+'</tr>' for _ in range(15))+f'</table></td><td>{text(60)}</td></tr></table>')
o.append('</body></html>')
print('\n'.join(o))
