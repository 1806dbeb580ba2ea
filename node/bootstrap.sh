#!/bin/bash
set -euo pipefail
umask 022
command -v python3 >/dev/null || dnf -yq install python3 || { apt-get -q update && apt-get -qy install python3; }
new=$(mktemp -dp /run)
trap 'rm -r $new' EXIT
python3 -I -c 'import array,pathlib,sys
def f():
 n=w=h=l=0;t="";c=1;r=M=2**32-1;N=array.array("H",bytes(1<<24));W=eval("[.3]*6,"*128);L=[0]
 for a in input():n=n*93+ord(a)-33-(a>"$")
 p=n.bit_length()-33;x=n>>p&M
 for i in range(63):L+=L[-1]+1/(i+.4),
 R=[divmod(n,64)for n in range(4096)]
 O=[L[b]-L[a]for a,b in R]
 U=[min(a+1,63)*64+min(b,b//2+2)for a,b in R],[min(a,a//2+2)*64+min(b+1,63)for a,b in R]
 while c:
  c=1;B=[b%8388473 for b in[(h%256**o*8+o)*131 for o in(0,1,2,3,5)]+[w*1048+917]]
  while c<128:
   V=W[c];X=i,j,k,m,a,b=[O[N[b+c]]for b in B]
   y=1+(V[0]*i+V[1]*j+V[2]*k+V[3]*m+V[4]*a+V[5]*b)/64
   for _ in"abcdef":y*=y
   y/=1+y;m=l+int((r-l)*(y*.9998+.0001));e=x<=m;y=e-y
   if e:r=m
   else:l=m+1
   if y*y>1e-4:
    u=U[e];y*=.01
    for i in range(6):V[i]+=y*X[i];b=B[i]+c;N[b]=u[N[b]]
   c+=c+e
   while l>>24==r>>24:l,r,p=l<<8&M,r<<8&M|255,p-8;x=n>>p&M
  c-=128;t+=chr(c);h=(h<<8|c)%2**40;w=(c>64)*(w*271+c)%M
 for a in t[:-1].split("\f")[1:]:
  b,a=a.split("\n",1)
  x=pathlib.Path(sys.argv[1],b)
  x.parent.mkdir(511,1,1)
  x.write_text(a)
f()' "$new" <<'END'
@programs@
END
base64 -d <<<'${Values}' | python3 -I -S "$new" setup
