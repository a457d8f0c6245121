// Makes each card's form run its function and show the answer below it. Without this script the
// links of the cards still work.
'use strict';

function addAnswer(article) {
  const box = document.createElement('div');
  box.className = 'answer';
  box.hidden = true;
  box.setAttribute('role', 'status');
  const status = document.createElement('p');
  status.className = 'status';
  const body = document.createElement('pre');
  box.append(status, body);
  article.querySelector('form').after(box);
  return { box, status, body };
}

/** The address and options of the request that the form stands for. */
function requestOf(form) {
  const fields = new FormData(form);
  if (form.dataset.method === 'POST') {
    const headers = { 'Content-Type': 'application/json' };
    return [form.dataset.target, { method: 'POST', headers, body: fields.get('body') }];
  }
  const query = new URLSearchParams();
  let target = form.dataset.target;
  for (const [name, value] of fields) {
    if (target.includes(`{${name}}`)) target = target.replace(`{${name}}`, () => encodeURIComponent(value));
    else if (value !== '') query.append(name, value);
  }
  const text = query.toString();
  return [text ? `${target}?${text}` : target, {}];
}

/** Shows the body piece by piece, as it arrives. */
async function showBody(response, into) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    into.textContent += decoder.decode(value ?? new Uint8Array(), { stream: !done });
    if (done) return;
  }
}

async function run(form, answer) {
  const button = form.querySelector('button');
  const [target, options] = requestOf(form);
  button.disabled = true;
  answer.box.removeAttribute('data-done');
  answer.body.textContent = '';
  const began = performance.now();
  const took = () => `${(performance.now() - began).toFixed(1)} ms`;
  const line = (text) => { answer.status.textContent = `${options.method ?? 'GET'} ${target}: ${text}`; };
  try {
    const response = await fetch(target, options);
    answer.box.hidden = false;
    answer.box.classList.toggle('failed', !response.ok);
    line(`${response.status} …`);
    await showBody(response, answer.body);
    line(`${response.status}, ${took()}`);
  } catch (error) {
    answer.box.hidden = false;
    answer.box.classList.add('failed');
    line(`no answer (${error.message}); is the server still running?`);
  } finally {
    button.disabled = false;
    answer.box.dataset.done = 'yes';
  }
}

for (const form of document.querySelectorAll('form[data-target]')) {
  const answer = addAnswer(form.closest('article'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(form, answer);
  });
}
